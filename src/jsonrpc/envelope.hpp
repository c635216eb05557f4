// JSON-RPC 2.0 messages as the server reads and writes them (spec/json-rpc.md section 1).
#pragma once

#include <otento/jsonrpc/error.hpp>
#include <otento/jsonrpc/json.hpp>
#include <otento/jsonrpc/writer.hpp>

#include <vector>

namespace otento::jsonrpc {

/// Longest method name that is looked up.
inline constexpr size_t METHOD_NAME_BYTES_MAX = 2048;

/// One element of a batch, or a message alone. Views point into the Document.
struct Request {
    std::string_view id;  ///< Raw token to echo; "null" where there is none to echo.
    bool notification = false;
    std::string_view method = {};
    std::optional<Value> params = {};  ///< An array; absent if missing or null.
    std::optional<Error> error = {};   ///< It is no call: answer with this.
};

/// All requests of one body in order.
struct Message {
    bool batch = false;
    std::vector<Request> requests;
};

/// What to do with a body that has been parsed. A batch of more than `batch_items_max` elements, or
/// of none, becomes one request with an error; only the former is still a batch.
[[nodiscard]] Message read_message(Value root, size_t batch_items_max);

/// A complete response object.
void write_error(Writer& out, std::string_view id, const Error& error);
/// Opens a response; write one value after it, then end_result.
void begin_result(Writer& out, std::string_view id);
void end_result(Writer& out);

/// The answer to a body that is no JSON.
[[nodiscard]] std::string parse_error_response(ParseError error);

}  // namespace otento::jsonrpc
