// Names of forks and of transitions between them, as the vectors spell them.
#pragma once

#include <otento/conformance/fixture.hpp>
#include <otento/execution/rules.hpp>

namespace otento::conformance {

/// Rules of one fork for a state test; empty for a name that means nothing to us.
[[nodiscard]] std::optional<execution::Rules> rules_of_fork(std::string_view name,
                                                            uint64_t chain_id,
                                                            const BlobSchedule& blobs);

/// Configuration of a chain that runs `network`: a fork, or "AToBAtTime15k" and its like.
[[nodiscard]] std::optional<types::ChainConfig> config_of_network(std::string_view network,
                                                                  uint64_t chain_id,
                                                                  const BlobSchedule& blobs);

}  // namespace otento::conformance
