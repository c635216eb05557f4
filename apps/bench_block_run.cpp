// Runs of `otento bench block`: one chain on disk, recovery threads before it, times by stage.
#include "bench_block.hpp"

#include <otento/benchmarks/cpu_time.hpp>
#include <otento/chain/chain.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/storage/segment_log.hpp>

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

namespace otento::apps {
namespace {

using execution::Candidate;

/// Blocks that recovery may be ahead of the chain.
constexpr size_t AHEAD_MAX = 4;

double to_us(uint64_t ns) noexcept {
    return static_cast<double>(ns) * 1e-3;
}

/// CPU time of this thread since the last call.
class Lap {
  public:
    double take() noexcept {
        const double now = to_us(benchmarks::thread_cpu_ns());
        return now - std::exchange(last_, now);
    }

  private:
    double last_ = to_us(benchmarks::thread_cpu_ns());
};

/// A new folder, gone at the end.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "otento-bench-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr) {
            path_ = pattern;
        }
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        if (!path_.empty()) {
            std::error_code ignored;
            std::filesystem::remove_all(path_, ignored);
        }
    }
    /// Empty if there is none.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

// ---- Recovery

/// A block's transactions with their senders.
struct Recovered {
    std::vector<Candidate> candidates;
    std::string fault;  ///< Empty: all are well-formed.
    double decode_us = 0;
    double recover_us = 0;
    std::atomic<bool> ready = false;
};

void recover(const LoadBlock& block, const execution::Rules& rules, Recovered& out) {
    Lap lap;
    std::vector<std::shared_ptr<const types::Transaction>> transactions;
    transactions.reserve(block.transactions.size());
    for (const Bytes& encoded : block.transactions) {
        auto tx = types::decode_transaction(encoded);
        if (!tx || !execution::validate_stateless(*tx, rules)) {
            out.fault = "a transaction is malformed";
            return;
        }
        transactions.push_back(std::make_shared<const types::Transaction>(*std::move(tx)));
    }
    out.decode_us = lap.take();
    std::vector<BytesView> inputs(block.transactions.begin(), block.transactions.end());
    std::vector<Hash> hashes(inputs.size());
    crypto::keccak256_many(inputs.data(), inputs.size(), hashes.data());
    std::vector<const types::Transaction*> pointers;
    pointers.reserve(transactions.size());
    for (const auto& tx : transactions) {
        pointers.push_back(tx.get());
    }
    const auto senders = execution::recover_senders(pointers, rules);
    out.candidates.reserve(transactions.size());
    for (size_t i = 0; i < transactions.size(); ++i) {
        if (!senders[i]) {
            out.fault = "a signature is invalid";
            return;
        }
        out.candidates.push_back({.tx = std::move(transactions[i]),
                                  .hash = hashes[i],
                                  .sender = *senders[i],
                                  .encoded_size = inputs[i].size()});
    }
    out.recover_us = lap.take();
}

/// Recovers blocks on its own threads, in order, a few ahead of whoever takes them.
class RecoveryThreads {
  public:
    RecoveryThreads(const BlockLoad& load, const execution::Rules& rules)
        : load_(load), rules_(rules), blocks_(load.blocks.size()) {
        const unsigned count = std::max(2U, std::thread::hardware_concurrency()) - 1;
        for (unsigned i = 0; i < count; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }
    RecoveryThreads(const RecoveryThreads&) = delete;
    RecoveryThreads& operator=(const RecoveryThreads&) = delete;
    ~RecoveryThreads() {
        taken_ = blocks_.size();
        taken_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

    /// Waits for block `i`; ask in order.
    Recovered& take(size_t i) {
        blocks_[i].ready.wait(false);
        taken_ = i + 1;
        taken_.notify_all();
        return blocks_[i];
    }

  private:
    void work() {
        for (size_t i = next_++; i < blocks_.size(); i = next_++) {
            for (size_t taken = taken_; i >= taken + AHEAD_MAX; taken = taken_) {
                taken_.wait(taken);
            }
            recover(load_.blocks[i], rules_, blocks_[i]);
            blocks_[i].ready = true;
            blocks_[i].ready.notify_all();
        }
    }

    const BlockLoad& load_;
    const execution::Rules rules_;
    std::vector<Recovered> blocks_;
    std::atomic<size_t> next_ = 0;
    std::atomic<size_t> taken_ = 0;
    std::vector<std::thread> threads_;
};

/// Gives out a block's candidates; refusals are mismatches.
class LoadSource final : public execution::CandidateSource {
  public:
    explicit LoadSource(std::vector<Candidate>& candidates) : candidates_(candidates) {}
    [[nodiscard]] std::optional<Candidate> next() override {
        if (at_ == candidates_.size()) {
            return std::nullopt;
        }
        return std::move(candidates_[at_++]);
    }
    void refused(const Candidate&, execution::TxError error) override {
        refusal = fmt::format("transaction {} refused: {}", at_ - 1, to_string(error));
    }
    std::string refusal;

  private:
    std::vector<Candidate>& candidates_;
    size_t at_ = 0;
};

// ---- The chain

/// What stands for Raft's log under --sync: every block is durable before it is committed.
class BlockLog {
  public:
    static Result<std::unique_ptr<BlockLog>, std::string> open(const std::string& directory) {
        auto out = std::make_unique<BlockLog>();
        std::filesystem::create_directories(directory);
        out->disk_ = storage::make_posix_disk();
        auto log = storage::SegmentLog::open(*out->disk_, {.directory = directory}, {});
        if (!log) {
            return Err(log.error().text);
        }
        out->log_.emplace(*std::move(log));
        return out;
    }
    [[nodiscard]] bool append(std::shared_ptr<const Bytes> block) {
        const storage::LogRecord record{
            .index = log_->last_index() + 1, .term = 1, .payload = std::move(block)};
        return log_->append({&record, 1}).has_value() && log_->sync().has_value();
    }

  private:
    std::unique_ptr<storage::Disk> disk_;
    std::optional<storage::SegmentLog> log_;
};

uint64_t successes(const chain::ExecutedBlock& block) {
    return static_cast<uint64_t>(
        std::ranges::count_if(block.receipts, [](const auto& receipt) { return receipt.success; }));
}

/// Empty, or which field of the block differs.
std::string judge(const chain::ExecutedBlock& block, const LoadBlock& load,
                  const BlockExpectation* expected) {
    const types::Header& header = block.block->header;
    std::string out;
    const auto check = [&](std::string_view field, bool equal) {
        if (!equal && out.empty()) {
            out = fmt::format("block {} {}", header.number, field);
        }
    };
    check("transactions", block.tx_hashes.size() == load.transactions.size());
    if (expected == nullptr) {
        check("succeeded", successes(block) == load.transactions.size());
        return out;
    }
    check("state_root", header.state_root == expected->state_root);
    check("receipts_root", header.receipts_root == expected->receipts_root);
    check("transactions_root", header.transactions_root == expected->transactions_root);
    check("gas_used", header.gas_used == expected->gas_used);
    check("succeeded", successes(block) == expected->succeeded);
    return out;
}

class Runner {
  public:
    Runner(const BlockLoad& load, const RunChoice& choice) : load_(load), choice_(choice) {}

    Result<BlockRun, std::string> run() {
        TRY_VOID(set_up());
        const double wall = to_us(benchmarks::wall_ns());
        const double cpu = to_us(benchmarks::process_cpu_ns());
        TRY_VOID(run_all());
        out_.cpu_us = to_us(benchmarks::process_cpu_ns()) - cpu;
        out_.wall_us = to_us(benchmarks::wall_ns()) - wall;
        StageTimes& stages = out_.stages;
        stages.persist = std::max(0.0, out_.cpu_us - stages.decode - stages.recover -
                                           stages.execute - stages.root - stages.receipts);
        out_.transactions = load_.transactions();
        chain_.reset();
        return std::move(out_);
    }

  private:
    Result<void, std::string> set_up() {
        if (folder_.path().empty()) {
            return Err(std::string("no temporary folder can be made"));
        }
        chain::ChainOptions options;
        options.path = folder_.path() + "/chain";
        options.genesis = load_.genesis;
        if (!schedule_forks(options.genesis.config.forks, choice_.fork)) {
            return Err("unknown fork " + choice_.fork);
        }
        auto opened = chain::Chain::open(options);
        if (!opened) {
            return Err(opened.error().detail);
        }
        chain_ = *std::move(opened);
        expected_ = load_.expect.contains(choice_.fork) ? &load_.expect.at(choice_.fork) : nullptr;
        if (expected_ != nullptr &&
            chain_->head()->block->header.state_root != expected_->genesis_root) {
            out_.mismatch = "genesis_root";
        }
        if (choice_.sync) {
            TRY(log_, BlockLog::open(folder_.path() + "/log"));
        }
        return flush();  // What the genesis left behind is no block's cost.
    }

    Result<void, std::string> run_all() {
        RecoveryThreads recovery(load_, chain_->next_rules(nullptr, 1));
        for (size_t i = 0; i < load_.blocks.size(); ++i) {
            Recovered& recovered = recovery.take(i);
            out_.stages.decode += recovered.decode_us;
            out_.stages.recover += recovered.recover_us;
            if (!recovered.fault.empty()) {
                mismatch(fmt::format("block {} {}", i + 1, recovered.fault));
                return {};
            }
            TRY_VOID(add_block(i, recovered));
            recovered.candidates = {};
        }
        return flush();
    }

    Result<void, std::string> add_block(size_t i, Recovered& recovered) {
        const LoadBlock& block = load_.blocks[i];
        LoadSource source(recovered.candidates);
        chain::BuildRequest request;
        request.header.timestamp = block.timestamp;
        request.source = &source;
        request.allow_empty = true;
        Lap lap;
        request.step_done = [&](chain::BuildStep step) {
            double* const stages[] = {&out_.stages.execute, &out_.stages.root,
                                      &out_.stages.receipts};
            *stages[static_cast<size_t>(step)] += lap.take();
        };
        const auto built = chain_->build(nullptr, request);
        if (!built) {
            return Err("build: " + built.error().detail);
        }
        mismatch(source.refusal);
        if (log_ && !log_->append((*built)->encoded())) {
            return Err(std::string("the log cannot be written"));
        }
        if (const auto committed = chain_->commit(*built, i + 1); !committed) {
            return Err("commit: " + committed.error().detail);
        }
        mismatch(judge(*(*built)->executed(), block,
                       expected_ == nullptr ? nullptr : &expected_->blocks[i]));
        return {};
    }

    Result<void, std::string> flush() {
        if (const auto flushed = chain_->flush(); !flushed) {
            return Err("flush: " + flushed.error().detail);
        }
        return {};
    }

    /// The first one counts.
    void mismatch(std::string what) {
        if (out_.mismatch.empty()) {
            out_.mismatch = std::move(what);
        }
    }

    const BlockLoad& load_;
    const RunChoice choice_;
    TemporaryFolder folder_;
    std::unique_ptr<chain::Chain> chain_;
    std::unique_ptr<BlockLog> log_;
    const ForkExpectation* expected_ = nullptr;
    BlockRun out_;
};

}  // namespace

bool schedule_forks(types::ForkSchedule& forks, const std::string& name) {
    struct Step {
        std::string_view name;
        std::optional<uint64_t>* from;
    };
    const Step oldest_first[] = {
        {"homestead", &forks.homestead_block},
        {"eip150", &forks.eip150_block},
        {"eip155", &forks.eip155_block},
        {"eip158", &forks.eip158_block},
        {"byzantium", &forks.byzantium_block},
        {"constantinople", &forks.constantinople_block},
        {"petersburg", &forks.petersburg_block},
        {"istanbul", &forks.istanbul_block},
        {"berlin", &forks.berlin_block},
        {"london", &forks.london_block},
        {"paris", &forks.paris_block},
        {"shanghai", &forks.shanghai_time},
        {"cancun", &forks.cancun_time},
        {"prague", &forks.prague_time},
        {"osaka", &forks.osaka_time},
    };
    for (const Step& step : oldest_first) {
        *step.from = 0;
        if (step.name == name) {
            return true;
        }
    }
    return false;
}

Result<BlockRun, std::string> run_blocks(const BlockLoad& load, const RunChoice& choice) {
    return Runner(load, choice).run();
}

}  // namespace otento::apps
