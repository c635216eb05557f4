// Collects what a message touches, as an EIP-2930 access list.
#pragma once

#include <otento/evm/tracer.hpp>
#include <otento/types/transaction.hpp>

#include <map>
#include <set>

namespace otento::rpc {

/// May observe several runs; what it saw adds up. One owner.
class AccessListTracer final : public evm::Tracer {
  public:
    /// @param warm_anyway  Addresses to name only if slots of theirs are touched.
    AccessListTracer(const types::AccessList& start, std::set<Address> warm_anyway);

    void on_step(const evm::TraceStep& step) override;

    /// By ascending address and key.
    [[nodiscard]] types::AccessList list() const;

  private:
    void touch(const uint256& word);

    std::set<Address> warm_anyway_;
    std::map<Address, std::set<Hash>> touched_;
};

}  // namespace otento::rpc
