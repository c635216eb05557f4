// Import of chain files into a chain: read, recover senders, execute, commit, three stages at once.
// What is committed before an error stays; importing again skips it.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/base/executor.hpp>
#include <otento/chain/chain.hpp>

#include <functional>
#include <string>
#include <vector>

namespace otento::migrate {

/// How far an import is.
struct ImportProgress {
    uint64_t imported = 0;      ///< Blocks committed by this import.
    uint64_t skipped = 0;       ///< Blocks of the files that the chain had already.
    uint64_t transactions = 0;  ///< In the imported ones.
    uint64_t gas = 0;
    uint64_t head = 0;         ///< Number of the chain's head.
    uint64_t elapsed_ns = 0;   ///< Since the start.
    uint64_t bytes_read = 0;   ///< Of all files,
    uint64_t bytes_total = 0;  ///< of so many; 0: unknown.
};

struct ImportOptions {
    std::vector<std::string> files;
    /// Called about every progress_ns and once at the end. Empty: never.
    std::function<void(const ImportProgress&)> progress{};
    uint64_t progress_ns = 2'000'000'000;
    /// True ends the import after the block at hand. Asked from the executor's threads. Empty:
    /// never.
    std::function<bool()> stop{};
    /// Try the other rules of GoQuorum's history where a block does not fit (spec/quorum-raft.md
    /// 2.12), and go on with those that fit.
    bool detect_rules = true;
    /// Refuse a last block that carries a known raft id without its node's signature: its header is
    /// damaged, which nothing else would show.
    bool check_last_seal = true;
    /// Called before the first block under changed rules is committed, so that the caller can keep
    /// them; an error ends the import. Empty: nobody keeps them.
    std::function<Result<void, std::string>(const types::ChainConfig&, const std::string& what)>
        rules_found{};
};

struct ImportReport {
    ImportProgress progress;
    bool stopped = false;  ///< By `stop`.
};

struct ImportFailure {
    std::string message;  ///< One sentence: file, block, reason.
    ImportProgress progress;
};

/// Files are read one after another as one chain. Block 0 must be this chain's.
[[nodiscard]] Result<ImportReport, ImportFailure> import_files(chain::Chain& chain,
                                                               Executor& executor, Clock& clock,
                                                               const ImportOptions& options);

}  // namespace otento::migrate
