#include <otento/ordering/orderer.hpp>

namespace otento::ordering {

std::string_view to_string(ProposeError error) noexcept {
    switch (error) {
        case ProposeError::not_leader:
            return "not the leader";
        case ProposeError::busy:
            return "busy";
        case ProposeError::stopped:
            return "stopped";
    }
    return "unknown";
}

}  // namespace otento::ordering
