#include <otento/state/record.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/trie/rlp_write.hpp>

namespace otento::state {

namespace {

// First byte: which optional fields follow, and the size of the nonce. Second byte: the size of the
// balance.
constexpr uint8_t HAS_CODE = 1;
constexpr uint8_t HAS_STORAGE = 2;
constexpr uint8_t KNOWN_FLAGS = HAS_CODE | HAS_STORAGE;

[[nodiscard]] BytesView without_leading_zeros(BytesView in) noexcept {
    while (!in.empty() && in.front() == 0) {
        in = in.subspan(1);
    }
    return in;
}

/// Takes `size` bytes off the front of `in`, or says that there are not as many.
[[nodiscard]] std::optional<BytesView> take(BytesView& in, size_t size) noexcept {
    if (in.size() < size) {
        return std::nullopt;
    }
    const BytesView out = in.first(size);
    in = in.subspan(size);
    return out;
}

}  // namespace

void append_record(Bytes& out, const AccountRecord& record) {
    const Account& account = record.account;
    uint8_t nonce_be[8];
    store_be(nonce_be, account.nonce);
    const BytesView nonce = without_leading_zeros(nonce_be);
    const Hash balance_be = account.balance.to_be();
    const BytesView balance = without_leading_zeros(balance_be);
    const bool has_code = account.code_hash != types::EMPTY_CODE_HASH;
    out.push_back(static_cast<uint8_t>((has_code ? HAS_CODE : 0) |
                                       (record.has_storage() ? HAS_STORAGE : 0) |
                                       (nonce.size() << 4)));
    out.push_back(static_cast<uint8_t>(balance.size()));
    append(out, nonce);
    append(out, balance);
    if (has_code) {
        append(out, account.code_hash);
    }
    if (record.has_storage()) {
        append(out, account.storage_root);
        append_be(out, record.storage_epoch);
    }
}

std::optional<AccountRecord> decode_record(BytesView in) {
    const auto head = take(in, 2);
    if (!head) {
        return std::nullopt;
    }
    const uint8_t flags = (*head)[0] & 0x0f;
    const size_t nonce_size = (*head)[0] >> 4;
    const size_t balance_size = (*head)[1];
    if ((flags & ~KNOWN_FLAGS) != 0 || nonce_size > 8 || balance_size > 32) {
        return std::nullopt;
    }
    const auto nonce = take(in, nonce_size);
    const auto balance = nonce ? take(in, balance_size) : std::nullopt;
    if (!balance || (nonce_size != 0 && nonce->front() == 0) ||
        (balance_size != 0 && balance->front() == 0)) {
        return std::nullopt;
    }
    AccountRecord out;
    for (const uint8_t byte : *nonce) {
        out.account.nonce = (out.account.nonce << 8) | byte;
    }
    out.account.balance = uint256::from_be(*balance);
    if ((flags & HAS_CODE) != 0) {
        const auto hash = take(in, 32);
        if (!hash) {
            return std::nullopt;
        }
        out.account.code_hash = Hash::from(*hash);
    }
    if ((flags & HAS_STORAGE) != 0) {
        const auto storage = take(in, 40);
        if (!storage) {
            return std::nullopt;
        }
        out.account.storage_root = Hash::from(storage->first(32));
        out.storage_epoch = load_be<uint64_t>(storage->data() + 32);
    }
    return in.empty() ? std::optional(out) : std::nullopt;
}

BytesView trim_slot(const Hash& value) noexcept {
    return without_leading_zeros(value);
}

std::optional<Hash> decode_slot(BytesView in) {
    if (in.size() > 32 || (!in.empty() && in.front() == 0)) {
        return std::nullopt;
    }
    return Hash::right_aligned(in);
}

Hash storage_area(const Hash& account_key, uint64_t epoch) noexcept {
    uint8_t input[40];
    std::memcpy(input, account_key.data(), 32);
    store_be(input + 32, epoch);
    return crypto::keccak256(input);
}

void append_account_rlp(Bytes& out, const Account& account) {
    uint8_t nonce_be[8];
    store_be(nonce_be, account.nonce);
    const BytesView nonce = without_leading_zeros(nonce_be);
    const Hash balance_be = account.balance.to_be();
    const BytesView balance = without_leading_zeros(balance_be);
    trie::rlp_write_header(
        out, trie::rlp_string_size(nonce) + trie::rlp_string_size(balance) + 2 * 33, 0xc0);
    trie::rlp_write_string(out, nonce);
    trie::rlp_write_string(out, balance);
    trie::rlp_write_string(out, account.storage_root);
    trie::rlp_write_string(out, account.code_hash);
}

void append_slot_rlp(Bytes& out, const Hash& value) {
    trie::rlp_write_string(out, trim_slot(value));
}

}  // namespace otento::state
