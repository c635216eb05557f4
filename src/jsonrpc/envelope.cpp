#include <otento/jsonrpc/envelope.hpp>

namespace otento::jsonrpc {
namespace {

Error invalid_request(const char* text = "invalid request") {
    return {.code = INVALID_REQUEST, .message = text};
}

/// Strings, numbers and null can be echoed.
bool usable_id(Value id) {
    return id.kind() == Kind::string || id.kind() == Kind::number || id.kind() == Kind::null;
}

Request read_request(Value value) {
    Request out;
    out.id = "null";
    if (!value.is_object()) {
        out.error = invalid_request();
        return out;
    }
    const auto id = value.find("id");
    const bool id_ok = !id || usable_id(*id);
    if (id && id_ok) {
        out.id = id->raw();
    }
    const auto version = value.find("jsonrpc");
    const auto method = value.find("method");
    const bool version_ok = version && version->is_string() && version->text() == "2.0";
    if (!id_ok || !version_ok || !method || !method->is_string() || method->text().empty()) {
        out.error = invalid_request();
        return out;
    }
    out.notification = !id;
    out.method = method->text();
    if (out.method.size() > METHOD_NAME_BYTES_MAX) {
        out.error = invalid_request("method name too long");
        return out;
    }
    const auto params = value.find("params");
    if (params && !params->is_null()) {
        if (params->is_array()) {
            out.params = params;
        } else {
            out.error = Error{.code = INVALID_PARAMS, .message = "non-array args"};
        }
    }
    return out;
}

/// The id that a refused batch is answered under: that of its first call.
std::string_view first_call_id(Value batch) {
    for (const Value element : batch) {
        const Request request = read_request(element);
        if (!request.error && !request.notification) {
            return request.id;
        }
    }
    return "null";
}

}  // namespace

Message read_message(Value root, size_t batch_items_max) {
    Message out;
    if (!root.is_array()) {
        out.requests.push_back(read_request(root));
        return out;
    }
    if (root.size() == 0) {
        out.requests.push_back({.id = "null", .error = invalid_request("empty batch")});
        return out;
    }
    out.batch = true;
    if (root.size() > batch_items_max) {
        out.requests.push_back(
            {.id = first_call_id(root), .error = invalid_request("batch too large")});
        return out;
    }
    out.requests.reserve(root.size());
    for (const Value element : root) {
        out.requests.push_back(read_request(element));
    }
    return out;
}

void write_error(Writer& out, std::string_view id, const Error& error) {
    out.begin_object();
    out.key("jsonrpc").raw("\"2.0\"");
    out.key("id").raw(id);
    out.key("error").begin_object();
    const std::string code = std::to_string(error.code);
    out.key("code").raw(code);
    out.key("message").string(error.message);
    if (!error.data.empty()) {
        out.key("data").raw(error.data);
    }
    out.end_object();
    out.end_object();
}

void begin_result(Writer& out, std::string_view id) {
    out.begin_object();
    out.key("jsonrpc").raw("\"2.0\"");
    out.key("id").raw(id);
    out.key("result");
}

void end_result(Writer& out) {
    out.end_object();
}

std::string parse_error_response(ParseError error) {
    Writer out;
    write_error(out, "null",
                {.code = PARSE_ERROR, .message = "parse error: " + std::string(to_string(error))});
    return out.take();
}

}  // namespace otento::jsonrpc
