// From the bytes that the orderer carries to a block with known senders.
#include <otento/chain/chain.hpp>
#include <otento/execution/validate.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <atomic>

namespace otento::chain {

namespace {

/// Without senders and hashes of the transactions.
[[nodiscard]] Result<DecodedBlock, BlockFault> decode(std::shared_ptr<const Bytes> encoded,
                                                      const types::ChainConfig& config) {
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
    return out;
}

[[nodiscard]] execution::Rules rules_of(const DecodedBlock& block,
                                        const types::ChainConfig& config) noexcept {
    const types::Header& header = block.block->header;
    return execution::rules_at(config, header.number, header.timestamp);
}

[[nodiscard]] BlockFault invalid_signature(size_t place) {
    return {.error = BlockError::senders,
            .detail = fmt::format("transaction {}: invalid signature", place),
            .tx_error = execution::TxError::invalid_signature};
}

using DecodedResult = Result<DecodedBlock, BlockFault>;

/// Takes a block's share of what was recovered for several.
void take_share(DecodedResult& result, std::span<const Hash> hashes,
                std::span<const std::optional<Address>> senders) {
    result->tx_hashes.assign(hashes.begin(), hashes.end());
    result->senders.reserve(senders.size());
    for (size_t i = 0; i < senders.size(); ++i) {
        if (!senders[i]) {
            result = Err(invalid_signature(i));
            return;
        }
        result->senders.push_back(*senders[i]);
    }
}

/// Blocks of one set of rules; those that could not be decoded stay as they are.
void recover_together(std::span<DecodedResult> results, const execution::Rules& rules) {
    std::vector<const types::Transaction*> transactions;
    for (const DecodedResult& result : results) {
        if (result) {
            for (const auto& tx : result->block->transactions) {
                transactions.push_back(&tx);
            }
        }
    }
    const auto hashes = types::transaction_hashes(transactions);
    const auto senders = execution::recover_senders(transactions, rules);
    size_t at = 0;
    for (DecodedResult& result : results) {
        if (result) {
            const size_t count = result->block->transactions.size();
            take_share(result, std::span{hashes}.subspan(at, count),
                       std::span{senders}.subspan(at, count));
            at += count;
        }
    }
}

}  // namespace

Result<DecodedBlock, BlockFault> decode_and_recover(std::shared_ptr<const Bytes> encoded,
                                                    const types::ChainConfig& config,
                                                    const DecodeHelpers& helpers) {
    TRY(auto out, decode(std::move(encoded), config));
    const auto& transactions = out.block->transactions;
    const auto rules = rules_of(out, config);
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
        return Err(invalid_signature(first_bad.load()));
    }
    return out;
}

std::vector<Result<DecodedBlock, BlockFault>> decode_and_recover_many(
    std::span<const std::shared_ptr<const Bytes>> encoded, const types::ChainConfig& config) {
    std::vector<DecodedResult> out;
    out.reserve(encoded.size());
    for (const auto& bytes : encoded) {
        out.push_back(decode(bytes, config));
    }
    size_t begin = 0;  // Of the blocks that go together.
    std::optional<execution::Rules> rules;
    for (size_t i = 0; i < out.size(); ++i) {
        if (!out[i]) {
            continue;
        }
        const auto own = rules_of(*out[i], config);
        if (rules && execution::requires_low_s(*rules) != execution::requires_low_s(own)) {
            recover_together(std::span{out}.subspan(begin, i - begin), *rules);
            begin = i;
        }
        rules = own;
    }
    if (rules) {
        recover_together(std::span{out}.subspan(begin), *rules);
    }
    return out;
}

}  // namespace otento::chain
