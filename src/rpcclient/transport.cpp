#include <otento/rpcclient/transport.hpp>

#include <fmt/core.h>

namespace otento::rpcclient {

std::string_view to_string(TransportError error) noexcept {
    switch (error) {
        case TransportError::bad_endpoint:
            return "not an endpoint";
        case TransportError::unreachable:
            return "unreachable";
        case TransportError::refused:
            return "refused";
        case TransportError::timed_out:
            return "timed out";
        case TransportError::broken:
            return "connection broken";
        case TransportError::too_large:
            return "answer too large";
        case TransportError::interrupted:
            return "interrupted";
    }
    return "unknown";
}

Result<std::unique_ptr<Transport>, TransportFailure> open_transport(
    const std::string& endpoint, const TransportOptions& options) {
    std::string_view place = endpoint;
    for (const std::string_view prefix : {"rpc:", "ipc:"}) {
        if (place.starts_with(prefix)) {
            place.remove_prefix(prefix.size());
        }
    }
    if (place.starts_with("http://") || place.starts_with("https://")) {
        return make_http_transport(std::string(place), options);
    }
    if (place.empty() || place.find("://") != std::string_view::npos) {
        return Err(TransportFailure{
            TransportError::bad_endpoint,
            fmt::format("'{}' is neither http://…, https://… nor the path of a local socket",
                        endpoint)});
    }
    return make_ipc_transport(std::string(place), options);
}

}  // namespace otento::rpcclient
