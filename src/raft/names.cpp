// Names of the enumerations, for logs and operators.
#include <otento/raft/raft.hpp>

namespace otento::raft {

std::string_view to_string(Role role) noexcept {
    switch (role) {
        case Role::follower:
            return "follower";
        case Role::pre_candidate:
            return "pre_candidate";
        case Role::candidate:
            return "candidate";
        case Role::leader:
            return "leader";
        case Role::learner:
            return "learner";
    }
    return "unknown";
}

std::string_view to_string(StepError error) noexcept {
    switch (error) {
        case StepError::not_leader:
            return "not the leader";
        case StepError::transferring:
            return "leadership is being transferred";
        case StepError::busy:
            return "too much is uncommitted";
        case StepError::change_in_progress:
            return "a configuration change is in progress";
        case StepError::bad_change:
            return "configuration change not allowed";
        case StepError::unknown_member:
            return "not a voter";
        case StepError::malformed_message:
            return "malformed message";
    }
    return "unknown";
}

}  // namespace otento::raft
