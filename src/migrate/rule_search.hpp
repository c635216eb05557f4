// Which rules made a block of a GoQuorum chain: the chain does not say when its nodes were
// upgraded, nor how large contracts might be (spec/quorum-raft.md 2.8, 2.12).
#pragma once

#include <otento/execution/execute_block.hpp>
#include <otento/types/genesis.hpp>

#include <string>
#include <vector>

namespace otento::migrate {

struct RuleCandidate {
    types::ChainConfig config;
    std::string what;  ///< "GoQuorum 2.6 or later from block 137 on", for people.
};

/// Whether other rules might cure it.
[[nodiscard]] bool may_be_rules(const execution::BlockFault& fault) noexcept;

/// Other rules that GoQuorum's history allows for block `number`, likeliest first. Blocks below
/// `number` keep theirs, or fit both. Empty for chains of other rule sets.
[[nodiscard]] std::vector<RuleCandidate> rule_candidates(const types::ChainConfig& config,
                                                         uint64_t number);

}  // namespace otento::migrate
