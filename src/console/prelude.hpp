// The JavaScript files that make the console's world, in the order of loading. Built in from
// prelude/*.js.
#pragma once

#include <span>
#include <string_view>

namespace otento::console {

struct PreludeFile {
    const char* name;  ///< As stack traces show it: "<otento>/utils.js".
    std::string_view source;
};

[[nodiscard]] std::span<const PreludeFile> prelude() noexcept;

}  // namespace otento::console
