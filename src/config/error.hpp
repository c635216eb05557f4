// Why a file or a flag of the operator was refused. Callers do nothing but show it, so it is a
// text.
#pragma once

#include <string>

namespace otento::config {

/// One sentence that names the file, field or flag at fault.
struct Error {
    std::string message;
};

[[nodiscard]] inline const std::string& to_string(const Error& error) noexcept {
    return error.message;
}

}  // namespace otento::config
