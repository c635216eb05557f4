#include <otento/migrate/rule_search.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::migrate {
namespace {

using types::ChainConfig;

constexpr uint64_t OLD_CODE_SIZE = 24576;  // Before the operators raised it.

/// The other side of the upgrade to 2.6, if that is open.
std::optional<RuleCandidate> other_side(const ChainConfig& config, uint64_t number) {
    const auto& upgrade = config.classic.upgrade_block;
    const bool upgraded = upgrade && number >= *upgrade;
    RuleCandidate out{.config = config, .what = {}};
    out.config.classic.upgrade_known = true;
    if (!upgraded) {
        // Earlier than the fork schedule suggests, or than anything suggested.
        out.config.classic.upgrade_block = number;
        out.what = fmt::format("GoQuorum 2.6 or later made the blocks from {} on", number);
        return out;
    }
    if (config.classic.upgrade_known) {
        return std::nullopt;  // Nobody goes back to an older version.
    }
    // The genesis names forks that the nodes of the time did not know.
    out.config.classic.upgrade_block.reset();
    out.what =
        fmt::format("GoQuorum before 2.6 made block {}, whatever forks the genesis names", number);
    return out;
}

/// The recipe of GoQuorum's permissioning told operators to raise maxCodeSize on a live chain;
/// blocks from before it obey the old limit.
std::optional<RuleCandidate> old_code_size(const RuleCandidate& from, uint64_t number) {
    const uint64_t size = from.config.code_size_at(number);
    if (size <= OLD_CODE_SIZE) {
        return std::nullopt;
    }
    RuleCandidate out = from;
    auto& steps = out.config.code_size_steps;
    std::erase_if(steps, [&](const auto& step) { return step.block <= number + 1; });
    steps.insert(steps.begin(), {.block = number + 1, .bytes_max = size});
    out.config.code_size_max = OLD_CODE_SIZE;
    out.what = fmt::format("{}{}contracts were limited to 24 KiB up to block {}", from.what,
                           from.what.empty() ? "" : ", and ", number);
    return out;
}

}  // namespace

bool may_be_rules(const execution::BlockFault& fault) noexcept {
    using execution::BlockError;
    switch (fault.error) {
        case BlockError::gas_used:
        case BlockError::logs_bloom:
        case BlockError::receipts_root:
        case BlockError::state_root:
        case BlockError::invalid_transaction:
            return true;
        default:
            return false;
    }
}

std::vector<RuleCandidate> rule_candidates(const ChainConfig& config, uint64_t number) {
    std::vector<RuleCandidate> out;
    if (config.rule_set_at(number) != types::RuleSet::classic) {
        return out;
    }
    if (auto other = other_side(config, number)) {
        out.push_back(*std::move(other));
    }
    if (auto smaller = old_code_size({.config = config, .what = {}}, number)) {
        out.push_back(*std::move(smaller));
    }
    if (!out.empty() && config.code_size_at(number) > OLD_CODE_SIZE && out.size() == 2) {
        if (auto both = old_code_size(out.front(), number)) {
            out.push_back(*std::move(both));
        }
    }
    return out;
}

}  // namespace otento::migrate
