// Programs of the evm-bench format: a message call on a small world, with what it must give.
#pragma once

#include <otento/base/result.hpp>
#include <otento/evm/evm.hpp>
#include <otento/execution/block_context.hpp>
#include <otento/state/state_view.hpp>

#include <map>
#include <string>
#include <vector>

namespace otento::benchmarks {

/// What a message did to the world and answered.
struct EvmOutcome {
    std::string status;     ///< evm::to_string of the status, or another engine's words for it.
    uint64_t gas_used = 0;  ///< Before refunds.
    int64_t refund = 0;     ///< Counter at the end, uncapped.
    Bytes output;
    uint64_t logs = 0;
    Hash logs_hash;   ///< Keccak-256 of the RLP of all logs.
    Hash state_root;  ///< Touched empty accounts removed (EIP-158).
};

struct EvmVector {
    std::string name;
    evm::Fork min_fork = evm::Fork::constantinople;
    execution::BlockContext block;
    uint64_t chain_id = 1;
    state::StateDiff pre;  ///< On an empty world.
    Address from;
    Address to;
    uint256 value;
    uint64_t gas = 0;
    Bytes data;
    std::map<evm::Fork, EvmOutcome> expect;
};

/// The error says which field of which vector is missing or malformed.
[[nodiscard]] Result<std::vector<EvmVector>, std::string> parse_evm_vectors(std::string json);
/// As above from a file.
[[nodiscard]] Result<std::vector<EvmVector>, std::string> load_evm_vectors(const std::string& path);

/// Names of the fields in which `got` differs, each behind a blank; empty if it is as expected.
[[nodiscard]] std::string difference(const EvmOutcome& expected, const EvmOutcome& got);

}  // namespace otento::benchmarks
