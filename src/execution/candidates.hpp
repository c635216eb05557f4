// Where a block under construction gets its transactions from.
#pragma once

#include <otento/execution/validate.hpp>

#include <memory>
#include <optional>

namespace otento::execution {

/// A transaction whose sender is known; shared between pool, block and readers.
struct Candidate {
    std::shared_ptr<const types::Transaction> tx;
    Hash hash;
    Address sender;
    size_t encoded_size = 0;  ///< Bytes of the canonical form.
};

/// Yields transactions in the order in which they should be tried. Implemented by the pool.
class CandidateSource {
  public:
    CandidateSource() = default;
    CandidateSource(const CandidateSource&) = delete;
    CandidateSource& operator=(const CandidateSource&) = delete;
    virtual ~CandidateSource() = default;

    /// The next one, or nothing. Of one sender in nonce order.
    [[nodiscard]] virtual std::optional<Candidate> next() = 0;
    /// The last one yielded was not taken; later ones of that sender will not be yielded.
    virtual void refused(const Candidate& candidate, TxError error) = 0;
};

}  // namespace otento::execution
