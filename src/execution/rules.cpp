#include <otento/execution/rules.hpp>

#include <algorithm>

namespace otento::execution {

using evm::Fork;

namespace {

constexpr uint64_t WEI_PER_ETHER = 1'000'000'000'000'000'000;

[[nodiscard]] bool active(const std::optional<uint64_t>& from, uint64_t at) noexcept {
    return from.has_value() && at >= *from;
}

[[nodiscard]] std::vector<uint64_t> distinct_ascending(
    std::initializer_list<std::optional<uint64_t>> points) {
    std::vector<uint64_t> out;
    for (const auto& point : points) {
        if (point && *point != 0) {
            out.push_back(*point);
        }
    }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

/// True if a block was made by GoQuorum 2.6 or later (spec/quorum-raft.md 2.12: q19plus).
[[nodiscard]] bool is_upgraded(const types::ChainConfig& config, uint64_t number) noexcept {
    return active(config.classic.upgrade_block, number);
}

/// GoQuorum up to 2.5 ends at Constantinople, with EIP-1283 (D3); later versions read the same key
/// as Petersburg unless that has one of its own.
[[nodiscard]] Fork classic_fork_at(const types::ChainConfig& config, uint64_t number) noexcept {
    types::ForkSchedule forks = config.forks;
    if (!is_upgraded(config, number)) {
        forks.petersburg_block = forks.istanbul_block = forks.berlin_block = std::nullopt;
    } else if (!forks.petersburg_block) {
        forks.petersburg_block = forks.constantinople_block;
    }
    return fork_at(forks, number, 0);
}

void set_classic(Rules& rules, const types::ChainConfig& config, uint64_t number) noexcept {
    const bool upgraded = is_upgraded(config, number);
    rules.quorum_eip155 = active(config.forks.eip155_block, number);
    rules.strict_accounts = false;
    rules.private_transactions = true;
    rules.price_must_be_zero = !active(config.classic.gas_price_block, number);
    rules.block_reward = proof_of_work_reward(rules.fork());
    rules.evm.quorum_no_homestead = !active(config.forks.homestead_block, number);
    rules.evm.quorum_no_touch_on_zero_value = true;
    rules.evm.quorum_no_touch_on_staticcall = !upgraded;
}

}  // namespace

Fork fork_at(const types::ForkSchedule& forks, uint64_t number, uint64_t timestamp) noexcept {
    struct Step {
        Fork fork;
        const std::optional<uint64_t>& from;
        bool by_time;
    };
    const Step latest_first[] = {
        {Fork::osaka, forks.osaka_time, true},
        {Fork::prague, forks.prague_time, true},
        {Fork::cancun, forks.cancun_time, true},
        {Fork::shanghai, forks.shanghai_time, true},
        {Fork::paris, forks.paris_block, false},
        {Fork::london, forks.london_block, false},
        {Fork::berlin, forks.berlin_block, false},
        {Fork::istanbul, forks.istanbul_block, false},
        {Fork::petersburg, forks.petersburg_block, false},
        {Fork::constantinople, forks.constantinople_block, false},
        {Fork::byzantium, forks.byzantium_block, false},
        {Fork::spurious_dragon, forks.eip158_block, false},
        {Fork::tangerine_whistle, forks.eip150_block, false},
        {Fork::homestead, forks.homestead_block, false},
    };
    // A fork by time needs the merge behind it: its number must have come as well.
    const bool merged = active(forks.paris_block, number) || active(forks.london_block, number);
    for (const auto& step : latest_first) {
        if (step.by_time ? merged && active(step.from, timestamp) : active(step.from, number)) {
            return step.fork;
        }
    }
    return Fork::frontier;
}

uint256 proof_of_work_reward(Fork fork) noexcept {
    if (fork >= Fork::paris) {
        return 0;
    }
    const uint64_t ether = fork >= Fork::constantinople ? 2 : fork >= Fork::byzantium ? 3 : 5;
    return uint256{ether} * uint256{WEI_PER_ETHER};
}

types::BlobParams default_blob_params(Fork fork) noexcept {
    if (fork >= Fork::prague) {
        return {.target = 6, .max = 9, .update_fraction = 5007716};  // EIP-7691
    }
    if (fork >= Fork::cancun) {
        return {.target = 3, .max = 6, .update_fraction = 3338477};  // EIP-4844
    }
    return {};
}

Rules rules_at(const types::ChainConfig& config, uint64_t number, uint64_t timestamp) noexcept {
    Rules rules;
    const types::RuleSet rule_set = config.rule_set_at(number);
    const Fork fork = rule_set == types::RuleSet::classic
                          ? classic_fork_at(config, number)
                          : fork_at(config.forks_at(number), number, timestamp);
    rules.evm.fork = fork;
    rules.evm.code_size_max = config.code_size_at(number);
    rules.evm.initcode_size_max = 2 * rules.evm.code_size_max;  // EIP-3860
    rules.chain_id = config.chain_id;
    rules.blob = default_blob_params(fork);
    if (fork >= Fork::cancun) {
        for (const auto& params : config.blob_schedule) {
            if (timestamp >= params.time) {
                rules.blob = params;
            }
        }
    }
    switch (rule_set) {
        case types::RuleSet::otento:
            rules.fee_market = config.fee_market;
            break;
        case types::RuleSet::classic:
            set_classic(rules, config, number);
            break;
        case types::RuleSet::ethereum:
            rules.fee_market = true;
            rules.blob_transactions = true;
            rules.system_calls = true;
            rules.block_reward = proof_of_work_reward(fork);
            break;
    }
    return rules;
}

std::vector<uint64_t> fork_numbers(const types::ForkSchedule& forks) {
    return distinct_ascending(
        {forks.homestead_block, forks.eip150_block, forks.eip155_block, forks.eip158_block,
         forks.byzantium_block, forks.constantinople_block, forks.petersburg_block,
         forks.istanbul_block, forks.berlin_block, forks.london_block, forks.paris_block});
}

std::vector<uint64_t> fork_times(const types::ForkSchedule& forks) {
    return distinct_ascending(
        {forks.shanghai_time, forks.cancun_time, forks.prague_time, forks.osaka_time});
}

}  // namespace otento::execution
