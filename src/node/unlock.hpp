// --unlock and --password: the node signs for nobody, but a start script with a wrong password or
// a missing key file deserves to hear of it at once.
#pragma once

#include <otento/base/result.hpp>
#include <otento/config/options.hpp>

#include <string>

namespace otento::node {

/// Opens the key files of the accounts (addresses, or positions in `otento account list`) with the
/// lines of the password file, the last of which counts for all that follow, as with geth.
[[nodiscard]] Result<void, std::string> check_unlocked_accounts(
    const config::NodeOptions& options);

}  // namespace otento::node
