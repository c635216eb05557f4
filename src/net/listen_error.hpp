// Why a port could not be opened.
#pragma once

#include <string_view>

namespace otento::net {

enum class ListenError { address_in_use, bad_address, permission_denied, other };
[[nodiscard]] std::string_view to_string(ListenError error) noexcept;

}  // namespace otento::net
