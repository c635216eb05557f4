// simdjson's DOM reader, which validates everything and bounds the depth, behind a plain tree.
#include <otento/config/json_input.hpp>

#include <fmt/core.h>
#include <simdjson.h>

namespace otento::config {
namespace {

namespace dom = simdjson::dom;
using Kind = JsonInput::Kind;

/// Recursion is bounded by JSON_DEPTH_MAX, which the parser enforces.
JsonInput copy(dom::element element) {
    JsonInput out;
    switch (element.type()) {
        case dom::element_type::ARRAY: {
            out.kind = Kind::array;
            const dom::array items = element.get_array().value_unsafe();
            for (const dom::element item : items) {
                out.items.push_back(copy(item));
            }
            break;
        }
        case dom::element_type::OBJECT: {
            out.kind = Kind::object;
            const dom::object members = element.get_object().value_unsafe();
            for (const auto [key, value] : members) {
                out.keys.emplace_back(key);
                out.items.push_back(copy(value));
            }
            break;
        }
        case dom::element_type::STRING:
            out.kind = Kind::string;
            out.text = element.get_string().value_unsafe();
            break;
        case dom::element_type::INT64:
            out.kind = Kind::number;
            out.text = fmt::format("{}", element.get_int64().value_unsafe());
            break;
        case dom::element_type::UINT64:
            out.kind = Kind::number;
            out.text = fmt::format("{}", element.get_uint64().value_unsafe());
            break;
        case dom::element_type::DOUBLE:
            out.kind = Kind::number;
            out.text = fmt::format("{:#}", element.get_double().value_unsafe());
            break;
        case dom::element_type::BOOL:
            out.kind = Kind::boolean;
            out.text = element.get_bool().value_unsafe() ? "true" : "false";
            break;
        case dom::element_type::NULL_VALUE:
            break;
    }
    return out;
}

}  // namespace

Result<JsonInput, Error> parse_json(std::string_view text) {
    dom::parser parser;
    dom::element root;
    auto error = parser.allocate(std::max(text.size(), size_t{64}), JSON_DEPTH_MAX);
    if (!error) {
        error = parser.parse(text.data(), text.size()).get(root);
    }
    if (error == simdjson::NUMBER_ERROR) {
        return Err(
            Error{"not valid JSON: malformed number, or one above 64 bits that is not quoted"});
    }
    if (error) {
        return Err(Error{fmt::format("not valid JSON: {}", simdjson::error_message(error))});
    }
    return copy(root);
}

std::string_view describe(JsonInput::Kind kind) noexcept {
    switch (kind) {
        case Kind::null:
            return "null";
        case Kind::boolean:
            return "a boolean";
        case Kind::number:
            return "a number";
        case Kind::string:
            return "a string";
        case Kind::array:
            return "an array";
        case Kind::object:
            return "an object";
    }
    return "unknown";
}

}  // namespace otento::config
