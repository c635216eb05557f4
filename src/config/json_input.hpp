// JSON files of the operator (genesis, static-nodes.json) as a plain tree.
#pragma once

#include <otento/base/result.hpp>
#include <otento/config/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace otento::config {

/// One JSON value; owns its children. Keys keep the order of the file.
struct JsonInput {
    enum class Kind { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    std::string text;  ///< Decimal digits of a number, content of a string, "true" or "false".
    std::vector<JsonInput> items;   ///< Elements of an array, values of an object.
    std::vector<std::string> keys;  ///< Of an object: one for each item.
};

/// Deepest nesting that is read.
inline constexpr size_t JSON_DEPTH_MAX = 32;

/// Parses one JSON document, which must be the whole of `text`. Bare numbers above 64 bits are
/// refused: they must be quoted.
[[nodiscard]] Result<JsonInput, Error> parse_json(std::string_view text);

/// What kind of value it is, in words for messages ("an object", "a string", …).
[[nodiscard]] std::string_view describe(JsonInput::Kind kind) noexcept;

}  // namespace otento::config
