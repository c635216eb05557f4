// From the bytes that the orderer carries to a block with known senders.
#include <otento/chain/chain.hpp>
#include <otento/execution/validate.hpp>

#include <fmt/core.h>

#include <algorithm>
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
        std::vector<const types::Transaction*> piece;
        for (size_t i = begin; i < end; ++i) {
            piece.push_back(&transactions[i]);
        }
        std::ranges::copy(types::transaction_hashes(piece),
                          out.tx_hashes.begin() + static_cast<std::ptrdiff_t>(begin));
        std::vector<size_t> places;  // Of those without a known sender.
        piece.clear();
        for (size_t i = begin; i < end; ++i) {
            const auto known =
                helpers.known_sender ? helpers.known_sender(out.tx_hashes[i]) : std::nullopt;
            if (known) {
                out.senders[i] = *known;
            } else {
                piece.push_back(&transactions[i]);
                places.push_back(i);
            }
        }
        const auto senders = execution::recover_senders(piece, rules);
        for (size_t k = 0; k < places.size(); ++k) {
            if (senders[k]) {
                out.senders[places[k]] = *senders[k];
                continue;
            }
            size_t seen = first_bad.load();
            while (places[k] < seen && !first_bad.compare_exchange_weak(seen, places[k])) {
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
