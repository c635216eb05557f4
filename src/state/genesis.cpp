#include <otento/crypto/keccak.hpp>
#include <otento/state/store.hpp>

namespace otento::state {

StateDiff genesis_diff(const types::Genesis& genesis) {
    StateDiff out;
    for (const auto& [address, account] : genesis.alloc) {
        AccountDiff& diff = out.accounts[address];
        diff.nonce = account.nonce;
        diff.balance = account.balance;
        diff.code_hash = types::EMPTY_CODE_HASH;
        if (!account.code.empty()) {
            diff.code_hash = crypto::keccak256(account.code);
            diff.code = std::make_shared<const Bytes>(account.code);
        }
        for (const auto& [key, value] : account.storage) {
            if (!value.is_zero()) {
                diff.storage.emplace(key, value);
            }
        }
    }
    return out;
}

}  // namespace otento::state
