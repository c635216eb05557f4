// Error objects of JSON-RPC 2.0 and the codes in use (spec/json-rpc.md section 3).
#pragma once

#include <string>

namespace otento::jsonrpc {

inline constexpr int PARSE_ERROR = -32700;
inline constexpr int INVALID_REQUEST = -32600;
inline constexpr int METHOD_NOT_FOUND = -32601;
inline constexpr int INVALID_PARAMS = -32602;
inline constexpr int INTERNAL_ERROR = -32603;
inline constexpr int SERVER_ERROR = -32000;  ///< geth's code for all that has no other.
inline constexpr int TIMED_OUT = -32002;
inline constexpr int RESPONSE_TOO_LARGE = -32003;
inline constexpr int METHOD_NOT_SUPPORTED = -32004;  ///< EIP-1474
inline constexpr int LIMIT_EXCEEDED = -32005;        ///< EIP-1474
inline constexpr int EXECUTION_REVERTED = 3;         ///< geth
inline constexpr int PRUNED_HISTORY = 4444;

struct Error {
    int code = SERVER_ERROR;
    std::string message;
    std::string data = {};  ///< A JSON value, or empty for none.
};

}  // namespace otento::jsonrpc
