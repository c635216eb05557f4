// Account record of the state trie, Yellow Paper 4.1.
#pragma once

#include <otento/types/block.hpp>

namespace otento::types {

struct Account {
    uint64_t nonce = 0;
    uint256 balance;
    Hash storage_root = EMPTY_TRIE_ROOT;
    Hash code_hash = EMPTY_CODE_HASH;
    friend bool operator==(const Account&, const Account&) = default;

    /// EIP-161.
    [[nodiscard]] bool is_empty() const noexcept {
        return nonce == 0 && balance.is_zero() && code_hash == EMPTY_CODE_HASH;
    }
};

/// RLP [nonce, balance, storageRoot, codeHash].
[[nodiscard]] Bytes encode_account(const Account& account);
[[nodiscard]] Result<Account, BlockDecodeError> decode_account(BytesView in);

}  // namespace otento::types
