// Who may talk to an HTTP server from a browser: the virtual-host check against DNS rebinding, and
// CORS origins. Pure functions on header values; the server calls them before the handler sees a
// request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otento::net {

/// True if the `Host` header value names an allowed virtual host. An absent host (HTTP/1.0) and IP
/// literals pass: neither can be reached by rebinding a name. "*" allows all. Case and port do not
/// matter.
[[nodiscard]] bool host_allowed(std::string_view host, const std::vector<std::string>& allowed);

/// True if `origin` is in the list: "*", an exact origin, or one with a single `*` inside it
/// (`https://*.example.com`). Case does not matter.
[[nodiscard]] bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed);

/// True if `origin` names the very host and port that the request was sent to.
[[nodiscard]] bool same_origin(std::string_view origin, std::string_view host);

/// The value of Access-Control-Allow-Origin for an allowed origin: "*" where everybody may, else
/// the origin.
[[nodiscard]] std::string_view allow_origin_value(std::string_view origin,
                                                  const std::vector<std::string>& allowed);

}  // namespace otento::net
