#include <otento/benchmarks/pre_state.hpp>

namespace otento::benchmarks {

PreState::PreState(const state::StateDiff& world) {
    code_.emplace(types::EMPTY_CODE_HASH, std::make_shared<const Bytes>());
    for (const auto& [address, diff] : world.accounts) {
        Entry& entry = accounts_[address];
        entry.account.nonce = diff.nonce;
        entry.account.balance = diff.balance;
        entry.account.code_hash = diff.code_hash;
        if (diff.code) {
            code_.emplace(diff.code_hash, diff.code);
        }
        for (const auto& [key, value] : diff.storage) {
            if (!value.is_zero()) {
                entry.storage.emplace(key, value);
            }
        }
    }
}

std::optional<state::Account> PreState::account(const Address& address) const {
    const auto found = accounts_.find(address);
    return found == accounts_.end() ? std::nullopt : std::optional{found->second.account};
}

Hash PreState::storage(const Address& address, const Hash& key) const {
    const auto owner = accounts_.find(address);
    if (owner == accounts_.end()) {
        return {};
    }
    const auto slot = owner->second.storage.find(key);
    return slot == owner->second.storage.end() ? Hash{} : slot->second;
}

std::shared_ptr<const Bytes> PreState::code(const Hash& code_hash) const {
    const auto found = code_.find(code_hash);
    return found == code_.end() ? code_.at(types::EMPTY_CODE_HASH) : found->second;
}

bool PreState::has_storage(const Address& address) const {
    const auto found = accounts_.find(address);
    return found != accounts_.end() && !found->second.storage.empty();
}

}  // namespace otento::benchmarks
