// What readers see: an immutable view of the chain at its committed head. RPC threads take one and
// keep it as long as a request lasts; they never touch the ledger thread's objects.
#pragma once

#include <otento/state/state_view.hpp>
#include <otento/types/block.hpp>
#include <otento/types/genesis.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace otento::chain {

using types::Block;
using types::Header;
using types::Receipt;
using types::Transaction;

/// A stored block with what execution added. Immutable, shared.
struct ExecutedBlock {
    std::shared_ptr<const Block> block;
    Hash hash;
    std::vector<Hash> tx_hashes;
    std::vector<Address> senders;
    std::vector<Receipt> receipts;
    uint64_t encoded_size = 0;  ///< Bytes of the block's RLP.
};

struct TxLocation {
    uint64_t number = 0;
    uint32_t index = 0;
};

/// Thread-safe, immutable.
class ChainView {
  public:
    ChainView() = default;
    ChainView(const ChainView&) = delete;
    ChainView& operator=(const ChainView&) = delete;
    virtual ~ChainView() = default;

    [[nodiscard]] virtual const types::ChainConfig& config() const = 0;
    [[nodiscard]] virtual uint64_t head_number() const = 0;
    [[nodiscard]] virtual std::shared_ptr<const ExecutedBlock> head() const = 0;
    /// Null if unknown or above the head.
    [[nodiscard]] virtual std::shared_ptr<const ExecutedBlock> block(uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<uint64_t> number_of(const Hash& block_hash) const = 0;
    [[nodiscard]] virtual std::optional<Header> header(uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<Hash> hash_of(uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<TxLocation> find_transaction(const Hash& tx_hash) const = 0;
    /// World state after block `number`; null if unknown or pruned.
    [[nodiscard]] virtual std::shared_ptr<const state::StateView> state_at(
        uint64_t number) const = 0;
    /// Log index of the consensus entry that carried the head.
    [[nodiscard]] virtual uint64_t applied_index() const = 0;
};

}  // namespace otento::chain
