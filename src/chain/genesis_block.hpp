// Block 0 from a genesis document, as geth and GoQuorum build it.
#pragma once

#include <otento/types/block.hpp>
#include <otento/types/genesis.hpp>

namespace otento::chain {

/// @param state_root  Of the genesis accounts.
[[nodiscard]] types::Block genesis_block(const types::Genesis& genesis, const Hash& state_root);

}  // namespace otento::chain
