// From the bytes that the orderer carries to a block with known senders.
#include <otento/chain/chain.hpp>
#include <otento/execution/validate.hpp>

#include <fmt/core.h>

#include <atomic>

namespace otento::chain {

Result<DecodedBlock, BlockFault> decode_and_recover(std::shared_ptr<const Bytes> encoded,
                                                    const types::ChainConfig& config,
                                                    const DecodeHelpers& helpers) {
    const bool classic = config.rule_set == types::RuleSet::classic;
    auto block = types::decode_block(*encoded, {.quorum_private = classic});
    if (!block) {
        return Err(
            BlockFault{.error = BlockError::header,
                       .detail = fmt::format("undecodable: {}", types::to_string(block.error()))});
    }
    DecodedBlock out;
    out.hash = types::header_hash(block->header);
    out.block = std::make_shared<const Block>(*std::move(block));
    out.encoded = std::move(encoded);

    const auto& transactions = out.block->transactions;
    const auto rules =
        execution::rules_at(config, out.block->header.number, out.block->header.timestamp);
    out.tx_hashes.resize(transactions.size());
    out.senders.resize(transactions.size());
    std::atomic<size_t> first_bad{SIZE_MAX};
    const auto recover = [&](size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) {
            out.tx_hashes[i] = types::transaction_hash(transactions[i]);
            std::optional<Address> sender;
            if (helpers.known_sender) {
                sender = helpers.known_sender(out.tx_hashes[i]);
            }
            if (!sender) {
                sender = execution::recover_sender(transactions[i], rules);
            }
            if (sender) {
                out.senders[i] = *sender;
                continue;
            }
            size_t seen = first_bad.load();
            while (i < seen && !first_bad.compare_exchange_weak(seen, i)) {
            }
        }
    };
    if (helpers.parallel) {
        helpers.parallel(transactions.size(), recover);
    } else {
        recover(0, transactions.size());
    }
    if (first_bad.load() != SIZE_MAX) {
        return Err(
            BlockFault{.error = BlockError::senders,
                       .detail = fmt::format("transaction {}: invalid signature", first_bad.load()),
                       .tx_error = execution::TxError::invalid_signature});
    }
    return out;
}

}  // namespace otento::chain
