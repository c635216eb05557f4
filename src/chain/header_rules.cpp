#include <otento/base/hex.hpp>
#include <otento/chain/header_rules.hpp>

#include <fmt/core.h>

namespace otento::chain {

using evm::Fork;
using execution::BlockError;
using execution::BlockFault;
using execution::Rules;
using types::ChainConfig;
using types::Header;
using types::RuleSet;

namespace {

constexpr uint64_t GAS_LIMIT_MIN = 5000;                   // Yellow Paper 4.3.4
constexpr uint64_t GAS_LIMIT_MAX = INT64_MAX;              // EIP-1985
constexpr uint64_t GAS_LIMIT_BOUND_DIVISOR = 1024;         // Yellow Paper 4.3.4
constexpr size_t ETHEREUM_EXTRA_DATA_MAX = 32;             // Yellow Paper 4.3.4
constexpr size_t BLOCK_SIZE_MAX = 10'485'760 - 2'097'152;  // EIP-7934
constexpr uint64_t MIN_DIFFICULTY = 131072;                // Yellow Paper 4.3.4
constexpr uint64_t QUORUM_GAS_LIMIT_MIN = 700'000'000;     // spec/quorum-raft.md 2.2
constexpr uint64_t QUORUM_GAS_LIMIT_CEILING = 800'000'000;
constexpr uint64_t QUORUM_GAS_LIMIT_DIVISOR = 4096;

[[nodiscard]] Err<BlockFault> wrong(std::string detail) {
    return Err(BlockFault{.error = BlockError::header, .detail = std::move(detail)});
}

/// Optional fields come with their fork, and not before.
[[nodiscard]] Result<void, BlockFault> check_presence(const Header& header, const Rules& rules) {
    const auto check = [&](std::string_view name, bool present,
                           Fork since) -> Result<void, BlockFault> {
        if (present != rules.at_least(since)) {
            return wrong(fmt::format("{} is {} under {}", name, present ? "present" : "missing",
                                     evm::to_string(rules.fork())));
        }
        return {};
    };
    TRY_VOID(check("baseFeePerGas", header.base_fee_per_gas.has_value(), Fork::london));
    TRY_VOID(check("withdrawalsRoot", header.withdrawals_root.has_value(), Fork::shanghai));
    TRY_VOID(check("blobGasUsed", header.blob_gas_used.has_value(), Fork::cancun));
    TRY_VOID(check("excessBlobGas", header.excess_blob_gas.has_value(), Fork::cancun));
    TRY_VOID(
        check("parentBeaconBlockRoot", header.parent_beacon_block_root.has_value(), Fork::cancun));
    TRY_VOID(check("requestsHash", header.requests_hash.has_value(), Fork::prague));
    return {};
}

/// The parent's gas limit as the bound counts it: doubled where the fee market starts (EIP-1559).
[[nodiscard]] uint64_t comparable_gas_limit(const Header& header, const Header& parent,
                                            const Rules& rules) noexcept {
    const bool first_with_base_fee = header.base_fee_per_gas && !parent.base_fee_per_gas;
    return rules.fee_market && first_with_base_fee
               ? parent.gas_limit * execution::ELASTICITY_MULTIPLIER
               : parent.gas_limit;
}

[[nodiscard]] Result<void, BlockFault> check_gas(const Header& header, const Header& parent,
                                                 const Rules& rules) {
    const uint64_t before = comparable_gas_limit(header, parent, rules);
    const uint64_t change =
        header.gas_limit > before ? header.gas_limit - before : before - header.gas_limit;
    if (change != 0 && change >= before / GAS_LIMIT_BOUND_DIVISOR) {
        return wrong(fmt::format("gas limit {} is too far from {}", header.gas_limit, before));
    }
    if (header.gas_limit < GAS_LIMIT_MIN || header.gas_limit > GAS_LIMIT_MAX) {
        return wrong(fmt::format("gas limit {} is out of range", header.gas_limit));
    }
    if (header.gas_used > header.gas_limit) {
        return wrong(
            fmt::format("gas used {} above gas limit {}", header.gas_used, header.gas_limit));
    }
    if (rules.at_least(Fork::london)) {
        const uint256 expected = rules.fee_market ? execution::next_base_fee(parent) : uint256{};
        if (*header.base_fee_per_gas != expected) {
            return wrong(fmt::format("base fee {} instead of {}",
                                     header.base_fee_per_gas->to_decimal(), expected.to_decimal()));
        }
    }
    return {};
}

[[nodiscard]] Result<void, BlockFault> check_no_work(const Header& header) {
    if (!header.difficulty.is_zero() || !header.nonce.is_zero() ||
        header.ommers_hash != types::EMPTY_OMMERS_HASH) {
        return wrong("difficulty, nonce and ommers must be empty");
    }
    return {};
}

/// The parent's time in the unit of its child: they differ where a chain switches rule sets.
[[nodiscard]] uint64_t parent_time(const ChainConfig& config, const Header& parent) noexcept {
    return parent.timestamp /
           (config.time_units_at(parent.number) / config.time_units_at(parent.number + 1));
}

[[nodiscard]] Result<void, BlockFault> check_otento(const ChainConfig& config, const Header& header,
                                                    const Header& parent, const Rules& rules) {
    const uint64_t before = parent_time(config, parent);
    if (header.timestamp < before) {
        return wrong(fmt::format("timestamp {} before the parent's {}", header.timestamp, before));
    }
    if (header.extra_data.size() > EXTRA_DATA_MAX) {
        return wrong("extra data too long");
    }
    if (!header.coinbase.is_zero() || !header.prev_randao.is_zero()) {
        return wrong("coinbase and mixHash must be zero");
    }
    TRY_VOID(check_no_work(header));
    TRY_VOID(check_presence(header, rules));
    TRY_VOID(check_gas(header, parent, rules));
    const bool blobs_empty =
        header.blob_gas_used.value_or(0) == 0 && header.excess_blob_gas.value_or(0) == 0;
    if (!blobs_empty || !header.parent_beacon_block_root.value_or(Hash{}).is_zero() ||
        header.withdrawals_root.value_or(types::EMPTY_TRIE_ROOT) != types::EMPTY_TRIE_ROOT ||
        header.requests_hash.value_or(empty_requests_hash()) != empty_requests_hash()) {
        return wrong("blobs, beacon root, withdrawals and requests must be empty");
    }
    return {};
}

[[nodiscard]] Result<void, BlockFault> check_blob_fields(const Header& header, const Header& parent,
                                                         const Rules& rules) {
    if (!rules.at_least(Fork::cancun)) {
        return {};
    }
    if (*header.blob_gas_used % execution::GAS_PER_BLOB != 0 ||
        *header.blob_gas_used > rules.blob.max * execution::GAS_PER_BLOB) {
        return wrong(fmt::format("blob gas used {}", *header.blob_gas_used));
    }
    const uint64_t expected = execution::next_excess_blob_gas(parent, rules);
    if (*header.excess_blob_gas != expected) {
        return wrong(
            fmt::format("excess blob gas {} instead of {}", *header.excess_blob_gas, expected));
    }
    return {};
}

[[nodiscard]] Result<void, BlockFault> check_ethereum(const ChainConfig& config,
                                                      const Header& header, const Header& parent,
                                                      const Rules& rules) {
    if (header.timestamp <= parent.timestamp) {
        return wrong(fmt::format("timestamp {} not after the parent's {}", header.timestamp,
                                 parent.timestamp));
    }
    if (header.extra_data.size() > ETHEREUM_EXTRA_DATA_MAX) {
        return wrong("extra data too long");
    }
    if (rules.at_least(Fork::paris)) {
        TRY_VOID(check_no_work(header));
    } else if (header.difficulty != next_difficulty(config.forks, parent, header.timestamp)) {
        return wrong("difficulty");
    }
    TRY_VOID(check_presence(header, rules));
    TRY_VOID(check_gas(header, parent, rules));
    return check_blob_fields(header, parent, rules);
}

/// EIP-1234 and before: blocks by which the ice age is put off.
[[nodiscard]] uint64_t ice_age_delay(Fork fork) noexcept {
    return fork >= Fork::london           ? 9'700'000  // EIP-3554
           : fork >= Fork::constantinople ? 5'000'000  // EIP-1234
           : fork >= Fork::byzantium      ? 3'000'000  // EIP-649
                                          : 0;
}

/// Signed steps of parent/2048 by which the difficulty moves, at least -99.
[[nodiscard]] int64_t difficulty_steps(Fork fork, const Header& parent, uint64_t elapsed) noexcept {
    constexpr uint64_t STEPS_MAX = 99;
    if (fork >= Fork::byzantium) {  // EIP-100
        const int64_t base = parent.ommers_hash == types::EMPTY_OMMERS_HASH ? 1 : 2;
        return std::max<int64_t>(base - static_cast<int64_t>(std::min(elapsed / 9, STEPS_MAX + 2)),
                                 -99);
    }
    if (fork >= Fork::homestead) {  // EIP-2
        return std::max<int64_t>(1 - static_cast<int64_t>(std::min(elapsed / 10, STEPS_MAX + 2)),
                                 -99);
    }
    return elapsed < 13 ? 1 : -1;
}

[[nodiscard]] uint64_t step_towards(uint64_t from, uint64_t aim, uint64_t step) noexcept {
    return aim > from ? std::min(aim, from + step) : std::max(aim, from - std::min(from, step));
}

}  // namespace

const Hash& empty_requests_hash() {
    static const Hash value = execution::requests_hash({});
    return value;
}

uint256 next_difficulty(const types::ForkSchedule& forks, const Header& parent,
                        uint64_t timestamp) noexcept {
    const uint64_t number = parent.number + 1;
    const Fork fork = execution::fork_at(forks, number, timestamp);
    const int64_t steps = difficulty_steps(fork, parent, timestamp - parent.timestamp);
    const uint256 step = parent.difficulty >> 11;
    uint256 out;
    if (steps >= 0) {
        out = parent.difficulty + step * uint256{static_cast<uint64_t>(steps)};
    } else {
        const uint256 fall = step * uint256{static_cast<uint64_t>(-steps)};
        out = fall > parent.difficulty ? uint256{} : parent.difficulty - fall;
    }
    out = std::max(out, uint256{MIN_DIFFICULTY});
    const uint64_t delay = ice_age_delay(fork);
    const uint64_t period = (number > delay ? number - delay : 0) / 100'000;
    if (period > 1) {
        out += uint256{1} << static_cast<unsigned>(std::min<uint64_t>(period - 2, 256));
    }
    return out;
}

uint64_t quorum_gas_limit(const Header& parent, uint64_t floor, uint64_t ceiling) noexcept {
    const uint64_t contribution =
        (parent.gas_used + parent.gas_used / 2) / QUORUM_GAS_LIMIT_DIVISOR;
    const uint64_t part = parent.gas_limit / QUORUM_GAS_LIMIT_DIVISOR;
    const uint64_t decay = part == 0 ? 0 : part - 1;
    const uint64_t limit = std::max(parent.gas_limit - decay + contribution, QUORUM_GAS_LIMIT_MIN);
    if (limit < floor) {
        return std::min(parent.gas_limit + decay, floor);
    }
    return limit > ceiling ? std::max(parent.gas_limit - decay, ceiling) : limit;
}

Header prepare_header(const ChainConfig& config, const Header& parent, const Hash& parent_hash,
                      const HeaderChoice& choice) {
    const RuleSet rule_set = config.rule_set_at(parent.number + 1);
    const bool equal_time_allowed = rule_set == RuleSet::otento;
    Header header;
    header.parent_hash = parent_hash;
    header.number = parent.number + 1;
    header.timestamp =
        std::max(choice.timestamp, parent_time(config, parent) + (equal_time_allowed ? 0 : 1));
    header.extra_data = choice.extra_data;
    header.ommers_hash = types::EMPTY_OMMERS_HASH;
    header.transactions_root = types::EMPTY_TRIE_ROOT;
    header.receipts_root = types::EMPTY_TRIE_ROOT;
    const Rules rules = execution::rules_at(config, header.number, header.timestamp);
    if (rules.at_least(Fork::london)) {
        header.base_fee_per_gas = rules.fee_market ? execution::next_base_fee(parent) : uint256{};
    }
    if (rules.at_least(Fork::shanghai)) {
        header.withdrawals_root = types::EMPTY_TRIE_ROOT;
    }
    if (rules.at_least(Fork::cancun)) {
        header.blob_gas_used = 0;
        header.excess_blob_gas =
            rule_set == RuleSet::ethereum ? execution::next_excess_blob_gas(parent, rules) : 0;
        header.parent_beacon_block_root = Hash{};
    }
    if (rules.at_least(Fork::prague)) {
        header.requests_hash = empty_requests_hash();
    }
    const uint64_t aim = choice.gas_limit_aim;
    if (rule_set == RuleSet::classic) {
        const uint64_t ceiling = choice.gas_limit_ceiling;
        header.gas_limit = quorum_gas_limit(parent, aim == 0 ? QUORUM_GAS_LIMIT_MIN : aim,
                                            ceiling == 0 ? QUORUM_GAS_LIMIT_CEILING : ceiling);
    } else {
        const uint64_t from = comparable_gas_limit(header, parent, rules);
        const uint64_t part = from / GAS_LIMIT_BOUND_DIVISOR;
        header.gas_limit = step_towards(from, aim == 0 ? from : aim, part == 0 ? 0 : part - 1);
    }
    if (rule_set != RuleSet::otento && !rules.at_least(Fork::paris)) {
        header.difficulty = next_difficulty(config.forks, parent, header.timestamp);
    }
    return header;
}

Result<void, BlockFault> check_header(const ChainConfig& config, const Header& header,
                                      const Header& parent) {
    if (header.number != parent.number + 1) {
        return wrong(fmt::format("number {} after {}", header.number, parent.number));
    }
    const Rules rules = execution::rules_at(config, header.number, header.timestamp);
    switch (config.rule_set_at(header.number)) {
        case RuleSet::otento:
            return check_otento(config, header, parent, rules);
        case RuleSet::classic:
            return check_presence(header, rules);
        case RuleSet::ethereum:
            return check_ethereum(config, header, parent, rules);
    }
    return {};
}

Result<void, BlockFault> check_size(size_t encoded_size, const Rules& rules) {
    if (rules.at_least(Fork::osaka) && encoded_size > BLOCK_SIZE_MAX) {
        return wrong(fmt::format("block of {} bytes", encoded_size));
    }
    return {};
}

}  // namespace otento::chain
