// From a client's or a member's bytes to a transaction with a known sender: everything that needs
// no state, so that it runs on any thread before the ledger thread sees it.
#pragma once

#include <otento/txpool/tx_pool.hpp>

#include <span>
#include <string>

namespace otento::consensus {

/// Owns what a txpool::Submission refers to.
struct Intake {
    std::shared_ptr<const types::Transaction> tx;
    Hash hash;
    Address sender;
    Bytes encoded;

    [[nodiscard]] txpool::Submission submission(bool local, uint64_t now_ms) const {
        return {.tx = tx,
                .hash = hash,
                .sender = sender,
                .encoded = encoded,
                .local = local,
                .now_ms = now_ms};
    }
};

/// Decodes, applies the stateless rules and recovers the sender.
/// @return  Or the words for the client (spec/json-rpc.md section 3).
[[nodiscard]] Result<Intake, std::string> take_in(Bytes encoded, const execution::Rules& rules,
                                                  size_t bytes_max);
/// The same of many, which is faster than one by one. What is refused is left out.
[[nodiscard]] std::vector<Intake> take_in_many(std::span<const BytesView> encoded,
                                               const execution::Rules& rules, size_t bytes_max);

}  // namespace otento::consensus
