// Rules for single configurations: shape, limits, and which change may follow which.
#pragma once

#include <otento/raft/raft.hpp>

namespace otento::raft {

inline constexpr size_t MEMBERS_MAX = 4096;
inline constexpr size_t REMOVED_MAX = size_t{1} << 20;
inline constexpr size_t MEMBER_ADDRESS_BYTES_MAX = 4096;

/// Ids ascending, unique and not 0, none both member and removed, all within the limits above. The
/// empty configuration is well formed: it is that of a node which has not joined yet.
[[nodiscard]] bool well_formed(const Configuration& configuration) noexcept;

/// The configuration that results from proposing `proposed` after `current`: members ordered,
/// everybody who ever left marked as removed.
///
/// Source: Raft dissertation 4.1 (at most one voter added or removed, so that any majority of the
/// old voters and any of the new ones overlap).
/// @return  bad_change if ids repeat, a removed id comes back, no voter is left, or voters differ
/// by more
///          than one.
[[nodiscard]] Result<Configuration, StepError> next_configuration(const Configuration& current,
                                                                  Configuration proposed);

}  // namespace otento::raft
