#include <otento/storage/disk.hpp>

namespace otento::storage {

std::string_view to_string(DiskError::Code code) noexcept {
    switch (code) {
        case DiskError::not_found:
            return "not found";
        case DiskError::already_exists:
            return "already exists";
        case DiskError::no_space:
            return "no space left";
        case DiskError::access_denied:
            return "access denied";
        case DiskError::locked:
            return "locked by another process";
        case DiskError::io:
            return "input/output error";
    }
    return "unknown";
}

}  // namespace otento::storage
