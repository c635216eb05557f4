// otento bench block: the whole path from signed bytes to a committed block. A load is what goes
// in, from a file or made here; a run takes it through a chain of its own and times the stages.
#pragma once

#include <otento/base/result.hpp>
#include <otento/types/genesis.hpp>

#include <map>
#include <string>
#include <vector>

namespace otento::apps {

/// What a block must come to under one fork.
struct BlockExpectation {
    Hash state_root;
    Hash receipts_root;
    Hash transactions_root;
    uint64_t gas_used = 0;
    uint64_t succeeded = 0;
};

struct ForkExpectation {
    Hash genesis_root;
    std::vector<BlockExpectation> blocks;
};

struct LoadBlock {
    uint64_t timestamp = 0;
    std::vector<Bytes> transactions;  ///< As a client sends them.
};

struct BlockLoad {
    std::string name;
    types::Genesis genesis;  ///< Its forks are chosen by the run.
    std::vector<LoadBlock> blocks;
    std::map<std::string, ForkExpectation> expect;  ///< By fork; empty: every transaction succeeds.
    std::vector<std::string> forks;                 ///< Those of `expect`, oldest first.

    [[nodiscard]] size_t accounts() const noexcept { return genesis.alloc.size(); }
    [[nodiscard]] size_t transactions() const noexcept;
};

/// Reads a file of vectors/evm-bench/blocks.
[[nodiscard]] Result<BlockLoad, std::string> read_block_load(const std::string& path);

enum class LoadKind : uint8_t { native, erc20, mixed };

struct LoadChoice {
    LoadKind kind = LoadKind::native;
    uint64_t accounts = 0;
    uint64_t blocks = 0;
    uint64_t transactions = 0;  ///< In each block.
    uint64_t seed = 1;
};

/// Transfers between random accounts, signed. Same choice, same load.
[[nodiscard]] BlockLoad make_block_load(const LoadChoice& choice);

/// Every fork up to `name` from the start; false if there is no such fork.
[[nodiscard]] bool schedule_forks(types::ForkSchedule& forks, const std::string& name);

/// Microseconds of CPU time, all threads together.
struct StageTimes {
    double decode = 0;   ///< Of transactions, and the rules that need no state.
    double recover = 0;  ///< Of senders, and hashes of transactions.
    double execute = 0;
    double root = 0;      ///< Of the state.
    double receipts = 0;  ///< And transactions: their roots, the bloom, the block's bytes.
    double persist = 0;   ///< Commits, a last flush, and what the store does behind.
};

struct BlockRun {
    std::string mismatch;  ///< Empty: all is as expected.
    size_t transactions = 0;
    double cpu_us = 0;
    double wall_us = 0;
    StageTimes stages;
};

struct RunChoice {
    std::string fork;
    bool sync = false;  ///< Each block goes to a synced log first, as under Raft.
};

/// Takes the load through a new chain in a temporary folder: recovery on threads of its own, all
/// else in order here. An error is a failure of the machine, not a mismatch.
[[nodiscard]] Result<BlockRun, std::string> run_blocks(const BlockLoad& load,
                                                       const RunChoice& choice);

}  // namespace otento::apps
