// Roots that a header takes from its block's body.
#pragma once

#include <otento/types/block.hpp>

#include <span>

namespace otento::execution {

[[nodiscard]] Hash transactions_root(const std::vector<types::Transaction>& transactions);
[[nodiscard]] Hash receipts_root(const std::vector<types::Receipt>& receipts);
/// EIP-4895.
[[nodiscard]] Hash withdrawals_root(const std::vector<types::Withdrawal>& withdrawals);
/// Keccak-256 of the RLP list of the ommers' headers.
[[nodiscard]] Hash ommers_hash(const std::vector<types::Header>& ommers);
[[nodiscard]] types::Bloom receipts_bloom(const std::vector<types::Receipt>& receipts) noexcept;

}  // namespace otento::execution
