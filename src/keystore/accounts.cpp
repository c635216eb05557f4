#include <otento/keystore/accounts.hpp>

#include <openssl/crypto.h>

#include <algorithm>

namespace otento::keystore {
namespace {

constexpr uint64_t NS_PER_SECOND = 1'000'000'000;
/// Above this a time is as good as none, and sums do not overflow.
constexpr uint64_t UNLOCK_SECONDS_MAX = 1'000'000'000;

void wipe(Hash& secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
}

}  // namespace

Accounts::Accounts(std::string folder, ScryptCost cost, const Clock& clock)
    : folder_(std::move(folder)), cost_(cost), clock_(clock) {}

Accounts::~Accounts() {
    unlocked_.with([](UnlockedByAddress& unlocked) {
        for (auto& [address, entry] : unlocked) {
            wipe(entry.secret_key);
        }
    });
}

void Accounts::forget_expired(UnlockedByAddress& unlocked) const {
    const uint64_t now = clock_.monotonic_ns();
    for (auto at = unlocked.begin(); at != unlocked.end();) {
        if (at->second.until_ns != 0 && at->second.until_ns <= now) {
            wipe(at->second.secret_key);
            at = unlocked.erase(at);
        } else {
            ++at;
        }
    }
}

bool Accounts::has(const Address& address) const {
    return is_unlocked(address) || find(address).has_value();
}

bool Accounts::is_unlocked(const Address& address) const {
    return unlocked_.with([&](UnlockedByAddress& unlocked) {
        forget_expired(unlocked);
        return unlocked.contains(address);
    });
}

Result<StoredKey, std::string> Accounts::find(const Address& address) const {
    const auto keys = list();
    const auto found = std::ranges::find(keys, address, &StoredKey::address);
    if (found == keys.end()) {
        return Err(std::string("no key for given address or file"));
    }
    return *found;
}

Result<Address, std::string> Accounts::create(std::string_view password) {
    Hash secret = crypto::generate_secret_key();
    auto address = import(secret, password);
    wipe(secret);
    return address;
}

Result<Address, std::string> Accounts::import(const Hash& secret_key, std::string_view password) {
    TRY(const StoredKey key, store_key(folder_, secret_key, password, cost_, clock_.unix_ns()));
    return key.address;
}

Result<void, std::string> Accounts::unlock(const Address& address, std::string_view password,
                                           uint64_t seconds) {
    TRY(const Hash opened, secret(address, password));
    const uint64_t until = seconds == 0 ? 0
                                        : clock_.monotonic_ns() +
                                              std::min(seconds, UNLOCK_SECONDS_MAX) * NS_PER_SECOND;
    unlocked_.with([&](UnlockedByAddress& unlocked) {
        const auto [at, fresh] = unlocked.try_emplace(address, Unlocked{opened, until});
        if (!fresh && at->second.until_ns != 0) {
            at->second.until_ns = until;
        }
    });
    return {};
}

void Accounts::lock(const Address& address) {
    unlocked_.with([&](UnlockedByAddress& unlocked) {
        const auto found = unlocked.find(address);
        if (found != unlocked.end()) {
            wipe(found->second.secret_key);
            unlocked.erase(found);
        }
    });
}

Result<Hash, std::string> Accounts::secret(const Address& address) const {
    const auto opened = unlocked_.with([&](UnlockedByAddress& unlocked) -> std::optional<Hash> {
        forget_expired(unlocked);
        const auto found = unlocked.find(address);
        return found == unlocked.end() ? std::nullopt : std::optional(found->second.secret_key);
    });
    if (opened) {
        return *opened;
    }
    return Err(std::string(find(address) ? "authentication needed: password or unlock"
                                         : "unknown account"));
}

Result<Hash, std::string> Accounts::secret(const Address& address,
                                           std::string_view password) const {
    TRY(const StoredKey key, find(address));
    return unlock_key(key, password);
}

}  // namespace otento::keystore
