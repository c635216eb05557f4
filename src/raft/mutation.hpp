// Deliberate faults, to prove that the simulator would notice them. Only a build with
// OTENTO_MUTATIONS can select one; in any other `mutated` is constant false and costs nothing.
// MUTATIONS.md says what each breaks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace otento::raft {

enum class Mutation : uint8_t {
    none,
    commit_old_term_entries,
    commit_backwards,
    commit_beyond_verified,
    forget_vote,
    vote_twice_in_term,
    ignore_log_up_to_date_check,
    elect_without_new_term,
    vote_while_distrusted,
    skip_noop,
    count_unpersisted_entries,
    ack_before_persist,
    ack_unverified_suffix,
    trust_stale_completion,
    keep_conflicting_suffix,
    skip_prev_check,
    keep_configuration_on_truncation,
    change_before_current_term_commit,
    overlapping_changes,
    removed_leader_counts_itself,
    learners_count,
    read_without_confirmation,
    read_before_term_commit,
    heartbeat_hides_gap,
    pre_vote_hides_term,
    non_voter_refuses_votes,
    prev_below_snapshot_rejected,
};

inline constexpr std::array MUTATION_NAMES = {
    std::string_view{"none"},
    std::string_view{"commit_old_term_entries"},
    std::string_view{"commit_backwards"},
    std::string_view{"commit_beyond_verified"},
    std::string_view{"forget_vote"},
    std::string_view{"vote_twice_in_term"},
    std::string_view{"ignore_log_up_to_date_check"},
    std::string_view{"elect_without_new_term"},
    std::string_view{"vote_while_distrusted"},
    std::string_view{"skip_noop"},
    std::string_view{"count_unpersisted_entries"},
    std::string_view{"ack_before_persist"},
    std::string_view{"ack_unverified_suffix"},
    std::string_view{"trust_stale_completion"},
    std::string_view{"keep_conflicting_suffix"},
    std::string_view{"skip_prev_check"},
    std::string_view{"keep_configuration_on_truncation"},
    std::string_view{"change_before_current_term_commit"},
    std::string_view{"overlapping_changes"},
    std::string_view{"removed_leader_counts_itself"},
    std::string_view{"learners_count"},
    std::string_view{"read_without_confirmation"},
    std::string_view{"read_before_term_commit"},
    std::string_view{"heartbeat_hides_gap"},
    std::string_view{"pre_vote_hides_term"},
    std::string_view{"non_voter_refuses_votes"},
    std::string_view{"prev_below_snapshot_rejected"},
};

#ifdef OTENTO_MUTATIONS
namespace detail {
inline Mutation selected_mutation = Mutation::none;
}
/// For all engines of the process; set it before the first step.
inline void select_mutation(Mutation mutation) noexcept {
    detail::selected_mutation = mutation;
}
[[nodiscard]] inline bool mutated(Mutation mutation) noexcept {
    return detail::selected_mutation == mutation;
}
#else
[[nodiscard]] constexpr bool mutated(Mutation /*mutation*/) noexcept {
    return false;
}
#endif

}  // namespace otento::raft
