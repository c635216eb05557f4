// How much of the raft log stays behind the state: rules only, used by the raft thread.
#pragma once

#include <otento/ordering/orderer.hpp>

namespace otento::node {

/// The log and the state at a moment.
struct LogExtent {
    ordering::Index first = 0;  ///< Of the log.
    ordering::Index state = 0;  ///< The state up to it is durable, or can be made so.
    bool too_large = false;     ///< The log has more bytes than wanted.
};

class LogKeeper {
  public:
    /// @param kept  Entries behind the state, so that whoever was away for a while needs no state.
    explicit LogKeeper(uint64_t kept) noexcept : kept_(kept) {}

    /// Somebody fetches a state of about `from` and will need what follows; for HOLD_MS.
    void hold(ordering::Index from, uint64_t now_ms) noexcept;
    /// The entry from which the log may begin.
    [[nodiscard]] ordering::Index begin(const LogExtent& log, uint64_t now_ms) const noexcept;
    /// Whether cutting is worth making the state durable.
    [[nodiscard]] bool due(const LogExtent& log, uint64_t now_ms) const noexcept;

    static constexpr uint64_t HOLD_MS = 20'000;
    static constexpr uint64_t HELD_MAX = 100;  ///< Times what is kept anyway.

  private:
    uint64_t kept_;
    ordering::Index held_from_ = 0;
    uint64_t held_until_ms_ = 0;
};

}  // namespace otento::node
