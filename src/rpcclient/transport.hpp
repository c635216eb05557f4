// Carries JSON-RPC texts to a node and its answers back: over HTTP(S) or the local socket, one
// exchange at a time.
#pragma once

#include <otento/base/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace otento::rpcclient {

enum class TransportError {
    bad_endpoint,  ///< Neither URL nor path that we know.
    unreachable,   ///< Nobody listens there.
    refused,       ///< An HTTP status other than 200.
    timed_out,
    broken,       ///< The connection ended, or what came is no JSON-RPC.
    too_large,    ///< An answer over the limit.
    interrupted,  ///< As TransportOptions::interrupted wanted.
};
[[nodiscard]] std::string_view to_string(TransportError error) noexcept;

struct TransportFailure {
    TransportError error = TransportError::broken;
    std::string detail = {};  ///< A sentence for the user; names the endpoint.
};

struct TransportOptions {
    uint32_t connect_timeout_ms = 5'000;
    uint32_t timeout_ms = 60'000;  ///< Of one exchange; tracing takes long.
    size_t answer_bytes_max = size_t{256} << 20;
    /// Asked while an answer is awaited, at least once a second and after each signal; true ends
    /// the exchange. Empty: never.
    std::function<bool()> interrupted = {};
};

/// One thread. After a failure the next exchange connects anew.
class Transport {
  public:
    virtual ~Transport() = default;
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    /// Sends a JSON text (a call or a batch, no notification) and waits for its answer.
    [[nodiscard]] virtual Result<std::string, TransportFailure> exchange(std::string_view text) = 0;
    [[nodiscard]] virtual const std::string& endpoint() const noexcept = 0;
};

/// http://…, https://…, a path, ipc:PATH or rpc:URL (geth's spellings). Connects at the first
/// exchange.
[[nodiscard]] Result<std::unique_ptr<Transport>, TransportFailure> open_transport(
    const std::string& endpoint, const TransportOptions& options = {});

// The kinds, for open_transport.
[[nodiscard]] std::unique_ptr<Transport> make_http_transport(std::string url,
                                                             const TransportOptions& options);
[[nodiscard]] std::unique_ptr<Transport> make_ipc_transport(std::string path,
                                                            const TransportOptions& options);

}  // namespace otento::rpcclient
