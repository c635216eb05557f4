// --unlock and --password: accounts that sign from the start on, without their passwords.
#pragma once

#include <otento/base/result.hpp>
#include <otento/config/options.hpp>
#include <otento/keystore/accounts.hpp>

#include <string>

namespace otento::node {

/// Unlocks the accounts of --unlock (addresses, or positions in `otento account list`) for good,
/// with the lines of the password file, the last of which counts for all that follow, as with geth.
[[nodiscard]] Result<void, std::string> unlock_accounts(const config::NodeOptions& options,
                                                        keystore::Accounts& accounts);

}  // namespace otento::node
