// What the seal of one block says about its minter, of either rule set.
#pragma once

#include <otento/crypto/secp256k1.hpp>
#include <otento/types/block.hpp>
#include <otento/types/genesis.hpp>

#include <string>
#include <vector>

namespace otento::migrate {

struct SealSighting {
    uint64_t raft_id = 0;                 ///< 0: none could be read.
    std::vector<crypto::PublicKey> keys;  ///< One by candidate pre-image; a wrong one gives noise.
    std::string problem;                  ///< Instead of keys.
    bool absent = false;                  ///< There is no seal, as before GoQuorum 2.2.0.
};

[[nodiscard]] SealSighting look_at_seal(const types::ChainConfig& config,
                                        const types::Header& header);

/// A transaction of the block is private (v 37 or 38), so that its seal may cover logs that the
/// chain does not have.
[[nodiscard]] bool has_private_transaction(const types::Block& block) noexcept;

}  // namespace otento::migrate
