#include <otento/ordering/orderer.hpp>

namespace otento::ordering {

std::string_view to_string(ProposeError error) noexcept {
    switch (error) {
        case ProposeError::not_leader:
            return "this node does not lead";
        case ProposeError::busy:
            return "too much is waiting to be committed";
        case ProposeError::stopped:
            return "ordering has stopped";
    }
    return "unknown error";
}

}  // namespace otento::ordering
