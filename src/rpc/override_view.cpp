#include <otento/rpc/override_view.hpp>

#include <otento/crypto/keccak.hpp>

#include <algorithm>

namespace otento::rpc {

OverrideView::OverrideView(const state::StateView& base, const jsonrpc::StateOverride& overrides)
    : base_(base), overrides_(overrides) {
    for (const auto& [address, account] : overrides) {
        if (account.code) {
            const Hash hash = crypto::keccak256(*account.code);
            codes_[hash] = std::make_shared<const Bytes>(*account.code);
            code_hashes_[address] = hash;
        }
    }
}

const jsonrpc::AccountOverride* OverrideView::find(const Address& address) const {
    const auto found = overrides_.find(address);
    return found == overrides_.end() ? nullptr : &found->second;
}

std::optional<state::Account> OverrideView::account(const Address& address) const {
    auto out = base_.account(address);
    const auto* change = find(address);
    if (change == nullptr) {
        return out;
    }
    state::Account account = out.value_or(state::Account{});
    account.nonce = change->nonce.value_or(account.nonce);
    account.balance = change->balance.value_or(account.balance);
    if (const auto hash = code_hashes_.find(address); hash != code_hashes_.end()) {
        account.code_hash = hash->second;
    }
    return account;
}

Hash OverrideView::storage(const Address& address, const Hash& key) const {
    const auto* change = find(address);
    if (change != nullptr && change->state) {
        const auto slot = change->state->find(key);
        return slot == change->state->end() ? Hash{} : slot->second;
    }
    if (change != nullptr && change->state_diff) {
        const auto slot = change->state_diff->find(key);
        if (slot != change->state_diff->end()) {
            return slot->second;
        }
    }
    return base_.storage(address, key);
}

std::shared_ptr<const Bytes> OverrideView::code(const Hash& code_hash) const {
    const auto found = codes_.find(code_hash);
    return found == codes_.end() ? base_.code(code_hash) : found->second;
}

bool OverrideView::has_storage(const Address& address) const {
    const auto any_slot = [](const std::map<Hash, Hash>& slots) {
        return std::any_of(slots.begin(), slots.end(),
                           [](const auto& slot) { return !slot.second.is_zero(); });
    };
    const auto* change = find(address);
    if (change != nullptr && change->state) {
        return any_slot(*change->state);
    }
    if (change != nullptr && change->state_diff && any_slot(*change->state_diff)) {
        return true;
    }
    return base_.has_storage(address);
}

}  // namespace otento::rpc
