#include <otento/migrate/import.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/migrate/block_file.hpp>
#include <otento/migrate/last_block.hpp>
#include <otento/migrate/rule_search.hpp>

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>

namespace otento::migrate {
namespace {

using chain::BlockFault;
using chain::DecodedBlock;
using execution::BlockError;

constexpr size_t BATCH_BLOCKS = 256;
constexpr size_t BATCH_BYTES = size_t{8} << 20;
constexpr size_t PIECE_BLOCKS = 32;  ///< Of a batch, decoded as one task, signatures together.

/// One block on its way.
struct Item {
    std::shared_ptr<const Bytes> encoded;
    uint64_t place = 0;  ///< In its file, from 1.
    // After decoding:
    bool known = false;  ///< The chain has it.
    std::optional<DecodedBlock> block;
    std::string problem;  ///< Instead of a block.
    uint64_t number = 0;  ///< As far as the header could be read.
};

struct Batch {
    std::vector<Item> items;
    std::string file;
    std::string problem;  ///< Why there is nothing behind the items.
    bool last = false;
};

uint64_t file_size(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)
               ? static_cast<uint64_t>(info.st_size)
               : 0;
}

std::string describe(const BlockFault& fault) {
    const std::string_view kind = to_string(fault.error);
    return fault.detail.empty() ? std::string(kind) : fmt::format("{}: {}", kind, fault.detail);
}

/// First stage: cuts batches from the files.
class Source {
  public:
    explicit Source(const std::vector<std::string>& files) : files_(files) {
        for (const std::string& file : files) {
            bytes_total += file_size(file);
        }
    }

    Batch read() {
        Batch out;
        size_t bytes = 0;
        while (out.items.size() < BATCH_BLOCKS && bytes < BATCH_BYTES) {
            if (!file_ && !open_next(out)) {
                break;
            }
            out.file = files_[at_ - 1];
            auto block = file_->next();
            if (!block) {
                out.problem = std::move(block).error();
                break;
            }
            if (!*block) {
                bytes_before_ += file_->bytes_read();
                file_.reset();
                continue;
            }
            bytes += (*block)->size();
            Item& item = out.items.emplace_back();
            item.encoded = std::make_shared<const Bytes>(**std::move(block));
            item.place = file_->blocks();
        }
        bytes_read = bytes_before_ + (file_ ? file_->bytes_read() : 0);
        return out;
    }

    uint64_t bytes_total = 0;
    std::atomic<uint64_t> bytes_read{0};  ///< Told by the stage that executes.

  private:
    /// A batch belongs to one file.
    bool open_next(Batch& out) {
        if (at_ == files_.size()) {
            out.last = true;
            return false;
        }
        if (!out.items.empty()) {
            return false;
        }
        const std::string& path = files_[at_++];
        auto opened = BlockFile::open(path);
        if (!opened) {
            out.file = path;
            out.problem = std::move(opened).error();
            return false;
        }
        file_ = *std::move(opened);
        return true;
    }

    const std::vector<std::string>& files_;
    size_t at_ = 0;
    std::unique_ptr<BlockFile> file_;
    uint64_t bytes_before_ = 0;
};

/// The whole import, one object for its three stages.
class Importer {
  public:
    Importer(chain::Chain& chain, Executor& executor, Clock& clock, const ImportOptions& options)
        : chain_(chain),
          executor_(executor),
          clock_(clock),
          options_(options),
          source_(options.files),
          started_ns_(clock.monotonic_ns()),
          told_ns_(started_ns_),
          known_(chain.view()),
          config_(chain.config()) {}

    Result<ImportReport, ImportFailure> run() {
        Batch executing;
        Batch decoding = source_.read();
        Batch reading;
        while (true) {
            const size_t pieces = (decoding.items.size() + PIECE_BLOCKS - 1) / PIECE_BLOCKS;
            const bool more = !done(decoding);
            executor_.for_each(2 + pieces, [&](size_t task) {
                if (task == 0) {
                    execute(executing);
                } else if (task == 1) {
                    reading = more ? source_.read() : Batch{};
                } else {
                    decode(decoding, task - 2);
                }
            });
            if (!failure_.empty() || stopped_ || done(executing)) {
                break;
            }
            executing = std::move(decoding);
            decoding = std::move(reading);
            reading = {};
        }
        held_.reset();
        if (const auto written = chain_.write_gathered(); !written && failure_.empty()) {
            failure_ = fmt::format("blocks cannot be stored: {}: {}",
                                   to_string(written.error().error), written.error().detail);
        }
        tell(true);
        if (!failure_.empty()) {
            return Err(ImportFailure{.message = std::move(failure_), .progress = progress_});
        }
        return ImportReport{.progress = progress_, .stopped = stopped_};
    }

  private:
    /// Where a block stands.
    struct Place {
        std::string file;
        uint64_t number = 0;
        uint64_t in_file = 0;
    };
    /// Executed, and not committed before the next block confirms its hash.
    struct Held {
        chain::PendingPtr block;
        Place place;
    };

    static bool done(const Batch& batch) { return batch.last || !batch.problem.empty(); }

    /// Second stage.
    void decode(Batch& batch, size_t piece) const {
        const size_t end = std::min(batch.items.size(), (piece + 1) * PIECE_BLOCKS);
        std::vector<Item*> items;
        std::vector<std::shared_ptr<const Bytes>> encoded;
        for (size_t i = piece * PIECE_BLOCKS; i < end; ++i) {
            Item& item = batch.items[i];
            if (is_new(item)) {
                items.push_back(&item);
                encoded.push_back(item.encoded);
            }
        }
        auto decoded = chain::decode_and_recover_many(encoded, config_);
        for (size_t i = 0; i < items.size(); ++i) {
            if (decoded[i]) {
                items[i]->block = *std::move(decoded[i]);
            } else {
                items[i]->problem = describe(decoded[i].error());
            }
        }
    }

    /// True if the block must be decoded; those below the chain's head at the start are compared.
    bool is_new(Item& item) const {
        rlp::Reader outer(*item.encoded);
        auto fields = outer.read_list();
        const auto raw_header = fields ? fields->read_raw() : Err(fields.error());
        const auto header =
            raw_header
                ? types::decode_header(*raw_header)
                : Result<types::Header, types::BlockDecodeError>(Err(types::BlockDecodeError::rlp));
        if (!header) {
            item.problem = fmt::format("undecodable header: {}", to_string(header.error()));
            return false;
        }
        item.number = header->number;
        if (header->number <= known_->head_number()) {
            const Hash hash = types::header_hash(*header);
            item.known = known_->hash_of(header->number) == hash;
            if (!item.known) {
                item.problem =
                    header->number == 0
                        ? fmt::format(
                              "the genesis block of the file is {}, that of the data "
                              "directory {}: run 'otento init' with the genesis of this "
                              "chain in a new data directory",
                              to_hex0x(hash), to_hex0x(chain_.genesis_hash()))
                        : fmt::format("{} is not the block that the chain has there ({})",
                                      to_hex0x(hash), to_hex0x(*known_->hash_of(header->number)));
            }
            return false;
        }
        return true;
    }

    /// Third stage, on whichever thread, one batch after the other.
    void execute(Batch& batch) {
        for (size_t i = 0; i < batch.items.size(); ++i) {
            Item& item = batch.items[i];
            if (options_.stop && options_.stop()) {
                stopped_ = true;
                held_.reset();
                return;
            }
            const Item* after = i + 1 < batch.items.size() ? &batch.items[i + 1] : nullptr;
            if (!settle(&item, after)) {
                return;
            }
            if (item.known) {
                ++progress_.skipped;
                continue;
            }
            if (item.problem.empty()) {
                item.problem = extend(batch, item);
            }
            if (!item.problem.empty()) {
                fail({batch.file, item.number, item.place}, item.problem);
                return;
            }
            tell(false);
        }
        if ((batch.last || !batch.problem.empty()) && !settle(nullptr, nullptr)) {
            return;
        }
        if (!batch.problem.empty()) {
            failure_ = batch.items.empty() ? fmt::format("{}: {}", batch.file, batch.problem)
                                           : fmt::format("{}: behind block {}: {}", batch.file,
                                                         batch.items.back().number, batch.problem);
        }
    }

    void fail(const Place& at, const std::string& why) {
        failure_ = fmt::format("{}: block {} (number {} of the file): {}", at.file, at.number,
                               at.in_file, why);
    }

    /// Commits the block that waits for its next one, unless that shows it to be damaged; false
    /// after a failure. Both items may be null.
    bool settle(const Item* next, const Item* after_next) {
        if (!held_) {
            return true;
        }
        const Held held = *std::move(held_);
        held_.reset();
        const std::string problem = damage(held, next, after_next);
        if (!problem.empty()) {
            fail(held.place, problem);
            return false;
        }
        if (const auto committed = chain_.gather(held.block, chain_.applied_index()); !committed) {
            fail(held.place,
                 fmt::format("cannot be stored: {}: {}", to_string(committed.error().error),
                             committed.error().detail));
            return false;
        }
        ++progress_.imported;
        progress_.transactions += held.block->executed()->tx_hashes.size();
        progress_.gas += held.block->header().gas_used;
        return true;
    }

    /// Empty, or what shows that the block is not whole.
    std::string damage(const Held& held, const Item* next, const Item* after_next) {
        const DecodedBlock* child = next != nullptr && next->block ? &*next->block : nullptr;
        const bool has_child = child != nullptr && next->number == held.block->number() + 1;
        if (has_child && child->block->header.parent_hash == held.block->hash()) {
            return {};
        }
        // The view must show all blocks below.
        if (const auto written = chain_.write_gathered(); !written) {
            return fmt::format("blocks below cannot be stored: {}", written.error().detail);
        }
        const Trust trust = KnownMinters(*chain_.view()).judge(*held.block->executed()->block);
        // The block after the next one tells whether the next one is as it was.
        const bool child_is_whole = after_next != nullptr && after_next->block &&
                                    child != nullptr &&
                                    after_next->block->block->header.parent_hash == child->hash;
        const bool doubtful =
            trust == Trust::damaged || (trust == Trust::renamed && !child_is_whole);
        if (doubtful && (has_child || options_.check_last_seal)) {
            return "the header is damaged: its seal is not by the node that it names, and no next "
                   "block confirms its hash (--any-seal takes a last block like this)";
        }
        // If the next block fits but for the hash that it names, one of the two is damaged.
        if (trust != Trust::whole && has_child && child_is_whole && fits(held, *child)) {
            return fmt::format("the header is damaged: its hash is {}, but the next block names {}",
                               to_hex0x(held.block->hash()),
                               to_hex0x(child->block->header.parent_hash));
        }
        return {};
    }

    /// True if `child` executes on `held`, whatever parent it names.
    bool fits(const Held& held, const DecodedBlock& child) {
        types::Block renamed = *child.block;
        renamed.header.parent_hash = held.block->hash();
        DecodedBlock copy = child;
        copy.block = std::make_shared<const types::Block>(std::move(renamed));
        return chain_.verify(held.block, copy).has_value();
    }

    /// Empty, or why the block cannot follow the head.
    std::string extend(const Batch& batch, Item& item) {
        const DecodedBlock& decoded = *item.block;
        const types::Header& header = decoded.block->header;
        const uint64_t next = chain_.head_number() + 1;
        if (header.number > next) {
            return fmt::format("the chain ends at block {}: import the blocks from {} on first",
                               next - 1, next);
        }
        if (header.number < next && chain_.write_gathered() &&
            chain_.view()->hash_of(header.number) == decoded.hash) {
            ++progress_.skipped;  // Files may overlap.
            return {};
        }
        auto block = chain_.verify(nullptr, decoded);
        if (!block && options_.detect_rules && may_be_rules(block.error())) {
            const BlockFault fault = block.error();
            std::string problem;
            block = verify_otherwise(decoded, problem);
            if (!problem.empty()) {
                return problem;
            }
            if (!block) {
                return describe(fault) + advice(fault, header.number);
            }
        }
        if (!block) {
            return describe(block.error());
        }
        held_ = Held{.block = *std::move(block), .place = {batch.file, item.number, item.place}};
        return {};
    }

    Result<chain::PendingPtr, BlockFault> verify_otherwise(const DecodedBlock& decoded,
                                                           std::string& problem) {
        const types::ChainConfig before = chain_.config();
        Result<chain::PendingPtr, BlockFault> out = chain::PendingPtr{};
        for (const RuleCandidate& candidate :
             rule_candidates(before, decoded.block->header.number)) {
            chain_.amend_rules(candidate.config);
            out = chain_.verify(nullptr, decoded);
            if (!out) {
                continue;
            }
            logger::info("import", "{}: going on with those rules", candidate.what);
            if (options_.rules_found) {
                if (const auto kept = options_.rules_found(candidate.config, candidate.what);
                    !kept) {
                    problem = kept.error();
                }
            }
            return out;
        }
        chain_.amend_rules(before);
        return Err(BlockFault{});
    }

    /// What an operator can do about a block that no known rules fit.
    std::string advice(const BlockFault& fault, uint64_t number) const {
        const bool classic = chain_.config().rule_set_at(number) == types::RuleSet::classic;
        if (!classic || fault.error == BlockError::invalid_transaction) {
            return {};
        }
        return "; neither the rules of GoQuorum before 2.6 nor those after it fit: the block is "
               "damaged, the genesis is not that of this chain, or contracts above its "
               "maxCodeSize were allowed at the time (--code-size BLOCK:KIB)";
    }

    void tell(bool last) {
        const uint64_t now = clock_.monotonic_ns();
        if (!last && now - told_ns_ < options_.progress_ns) {
            return;
        }
        told_ns_ = now;
        progress_.head = chain_.head_number();
        progress_.elapsed_ns = now - started_ns_;
        progress_.bytes_read = source_.bytes_read;
        progress_.bytes_total = source_.bytes_total;
        if (options_.progress) {
            options_.progress(progress_);
        }
    }

    std::optional<Held> held_;
    chain::Chain& chain_;
    Executor& executor_;
    Clock& clock_;
    const ImportOptions& options_;
    Source source_;
    ImportProgress progress_;
    uint64_t started_ns_;
    uint64_t told_ns_;
    std::shared_ptr<const chain::ChainView> known_;  ///< The chain as it was at the start.
    types::ChainConfig config_;  ///< Likewise: decoding does not depend on what is searched.
    std::string failure_;
    bool stopped_ = false;
};

}  // namespace

Result<ImportReport, ImportFailure> import_files(chain::Chain& chain, Executor& executor,
                                                 Clock& clock, const ImportOptions& options) {
    return Importer(chain, executor, clock, options).run();
}

}  // namespace otento::migrate
