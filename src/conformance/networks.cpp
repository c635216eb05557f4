#include <otento/conformance/networks.hpp>

#include <charconv>

namespace otento::conformance {

using evm::Fork;

namespace {

/// Activates every fork up to `fork`: those by number at `number`, those by time at `time`.
void activate(types::ForkSchedule& forks, Fork fork, uint64_t number, uint64_t time) {
    const struct {
        Fork fork;
        std::optional<uint64_t>& from;
        bool by_time;
    } steps[] = {
        {Fork::homestead, forks.homestead_block, false},
        {Fork::tangerine_whistle, forks.eip150_block, false},
        {Fork::spurious_dragon, forks.eip158_block, false},
        {Fork::spurious_dragon, forks.eip155_block, false},
        {Fork::byzantium, forks.byzantium_block, false},
        {Fork::constantinople, forks.constantinople_block, false},
        {Fork::petersburg, forks.petersburg_block, false},
        {Fork::istanbul, forks.istanbul_block, false},
        {Fork::berlin, forks.berlin_block, false},
        {Fork::london, forks.london_block, false},
        {Fork::paris, forks.paris_block, false},
        {Fork::shanghai, forks.shanghai_time, true},
        {Fork::cancun, forks.cancun_time, true},
        {Fork::prague, forks.prague_time, true},
        {Fork::osaka, forks.osaka_time, true},
    };
    for (const auto& step : steps) {
        if (step.fork <= fork && !step.from) {
            step.from = step.by_time ? time : number;
        }
    }
}

/// Forks that only change blob parameters (EIP-7892) run on Osaka's rules.
[[nodiscard]] bool is_blob_fork(std::string_view name) {
    return name.starts_with("BPO");
}

[[nodiscard]] std::optional<Fork> fork_of(std::string_view name) {
    return is_blob_fork(name) ? Fork::osaka : evm::fork_from_name(name);
}

/// "15k" or "5".
[[nodiscard]] std::optional<uint64_t> point(std::string_view text) {
    const bool thousands = text.ends_with('k');
    if (thousands) {
        text.remove_suffix(1);
    }
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return thousands ? value * 1000 : value;
}

void add_blobs(types::ChainConfig& config, std::string_view name, uint64_t time,
               const BlobSchedule& blobs) {
    if (const auto found = blobs.find(std::string(name)); found != blobs.end()) {
        config.blob_schedule.push_back(found->second);
        config.blob_schedule.back().time = time;
    }
}

}  // namespace

std::optional<execution::Rules> rules_of_fork(std::string_view name, uint64_t chain_id,
                                              const BlobSchedule& blobs) {
    const auto config = config_of_network(name, chain_id, blobs);
    if (!config) {
        return std::nullopt;
    }
    execution::Rules rules = execution::rules_at(*config, 0, 0);
    rules.system_calls = false;
    rules.block_reward = 0;
    return rules;
}

std::optional<types::ChainConfig> config_of_network(std::string_view network, uint64_t chain_id,
                                                    const BlobSchedule& blobs) {
    types::ChainConfig config;
    config.chain_id = chain_id;
    config.rule_set = types::RuleSet::ethereum;
    const size_t to = network.find("To");
    const size_t at = network.find("At");
    const std::string_view first = network.substr(0, to);
    const auto first_fork = fork_of(first);
    if (!first_fork) {
        return std::nullopt;
    }
    activate(config.forks, *first_fork, 0, 0);
    add_blobs(config, first, 0, blobs);
    if (to == std::string_view::npos) {
        return config;
    }
    if (at == std::string_view::npos || at < to) {
        return std::nullopt;
    }
    const std::string_view second = network.substr(to + 2, at - to - 2);
    const bool by_time = network.substr(at).starts_with("AtTime");
    const auto from = point(network.substr(at + (by_time ? 6 : 2)));
    const auto second_fork = fork_of(second);
    if (!from || !second_fork) {
        return std::nullopt;
    }
    activate(config.forks, *second_fork, *from, *from);
    add_blobs(config, second, *from, blobs);
    return config;
}

}  // namespace otento::conformance
