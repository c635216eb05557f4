// What can be said about a message without knowing our state. Everything a peer sends passes here
// first.
#pragma once

#include <otento/raft/raft.hpp>

namespace otento::raft {

/// Terms and indexes above these are not believed, so that adding to one never overflows.
inline constexpr Term TERM_MAX = uint64_t{1} << 62;
inline constexpr Index INDEX_MAX = uint64_t{1} << 62;

/// malformed_message unless `message` could have come from a correct peer in some state of the
/// cluster.
/// @param self  Our own id.
[[nodiscard]] Result<void, StepError> check_message(const Message& message, NodeId self);

}  // namespace otento::raft
