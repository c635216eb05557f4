// Proofs of accounts and slots at a kept number (EIP-1186). The store has trie nodes of one height
// only, that of the last flush; for others the changed keys in between are applied to it, in
// memory.
#pragma once

#include <otento/state/snapshot.hpp>

namespace otento::state {

/// For any thread. too_old if that would mean to apply more than PROOF_CHANGES_MAX changes.
[[nodiscard]] Result<AccountProof, StoreError> prove_account(
    const std::shared_ptr<const SnapshotSource>& source, uint64_t number, const Address& address,
    std::span<const Hash> slots);

}  // namespace otento::state
