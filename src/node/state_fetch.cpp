#include <otento/node/state_fetch.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/consensus/seal.hpp>
#include <otento/node/durable_file.hpp>
#include <otento/storage/crc32c.hpp>

#include <fmt/core.h>

#include <filesystem>

namespace otento::node {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t OPEN_MS = 60'000;  // A checkpoint may wait for a flush.
constexpr uint32_t PIECE_MS = 20'000;
constexpr uint64_t MB = 1 << 20;
/// Names start with a dot, as no file of a checkpoint does.
constexpr const char* OFFER_FILE = "/.offer";
constexpr const char* DONE_FILE = "/.done";

uint64_t size_of(const std::string& path) {
    std::error_code error;
    const uint64_t size = fs::file_size(path, error);
    return error ? 0 : size;
}

class Fetch {
  public:
    Fetch(p2p::Conversation& from, const FetchOptions& options) : from_(from), options_(options) {}

    [[nodiscard]] Result<void, std::string> run() {
        if (!resumes()) {
            TRY_VOID(begin());
        }
        for (uint64_t file = 0; file < offer_.files.size(); ++file) {
            TRY_VOID(fetch(file));
        }
        // What is opened changes: from here on there is nothing to resume.
        std::error_code ignored;
        fs::remove(options_.directory + OFFER_FILE, ignored);
        return sync_folder(options_.directory);
    }

  private:
    [[nodiscard]] std::string path_of(uint64_t file) const {
        return options_.directory + "/" + offer_.files[file].name;
    }

    /// True if the member still has the checkpoint that we had begun with.
    [[nodiscard]] bool resumes() {
        const auto saved = read_whole(options_.directory + OFFER_FILE);
        if (!saved || !*saved) {
            return false;
        }
        auto offer = decode_state_offer(**saved);
        if (!offer || offer->files.empty()) {
            return false;
        }
        offer_ = *std::move(offer);
        return ask(0, 0, 1).has_value();
    }

    [[nodiscard]] Result<void, std::string> begin() {
        std::error_code error;
        fs::remove_all(options_.directory, error);
        fs::create_directories(options_.directory, error);
        if (error) {
            return Err(options_.directory + ": " + error.message());
        }
        TRY(const Bytes answer, from_.ask(encode_question(OpenState{}), OPEN_MS));
        auto offer = decode_state_offer(answer);
        if (!offer || offer->bytes == 0) {
            return Err(std::string("the member has no state to give"));
        }
        offer_ = *std::move(offer);
        const auto space = fs::space(options_.directory, error);
        if (!error && space.available < offer_.bytes) {
            return Err(fmt::format("the state needs {} MB, {} has {} MB free", offer_.bytes / MB,
                                   options_.directory, space.available / MB));
        }
        return write_durably(options_.directory + OFFER_FILE, answer);
    }

    [[nodiscard]] Result<Bytes, std::string> ask(uint64_t file, uint64_t offset, uint64_t length) {
        TRY(const Bytes answer,
            from_.ask(
                encode_question(ReadState{
                    .handle = offer_.handle, .file = file, .offset = offset, .length = length}),
                PIECE_MS));
        auto piece = decode_state_piece(answer);
        if (!piece || !piece->ok) {
            return Err(std::string("the member has given up this copy of its state"));
        }
        if (storage::crc32c(piece->data) != piece->crc32c || piece->data.size() > length) {
            return Err(std::string("a piece of the state was damaged on the way"));
        }
        return std::move(piece->data);
    }

    [[nodiscard]] Result<void, std::string> fetch(uint64_t file) {
        const uint64_t size = offer_.files[file].size;
        uint64_t have = size_of(path_of(file));
        if (have > size) {
            std::error_code ignored;
            fs::remove(path_of(file), ignored);
            have = 0;
        }
        have_ += have;
        if (have == size && size != 0) {
            return {};
        }
        do {
            if (options_.stopping != nullptr && *options_.stopping) {
                return Err(std::string("stopped"));
            }
            options_.alive();
            const uint64_t wanted = std::min<uint64_t>(size - have, PIECE_BYTES_MAX);
            Bytes piece;
            if (wanted != 0) {
                TRY(piece, ask(file, have, wanted));
                if (piece.empty()) {
                    return Err(std::string("the member's file is shorter than it said"));
                }
            }
            have += piece.size();
            have_ += piece.size();
            TRY_VOID(append_piece(path_of(file), piece, have == size));
            report();
        } while (have < size);
        return {};
    }

    void report() {
        const uint64_t percent = offer_.bytes == 0 ? 100 : have_ * 100 / offer_.bytes;
        if (percent / 5 != reported_ / 5 || reported_ == UINT64_MAX) {
            options_.report(fmt::format("joining: fetching the state, {} of {} MB ({} %)",
                                        have_ / MB, offer_.bytes / MB, percent));
            reported_ = percent;
        }
    }

    p2p::Conversation& from_;
    const FetchOptions& options_;
    StateOffer offer_;
    uint64_t have_ = 0;
    uint64_t reported_ = UINT64_MAX;
};

std::string seal_problem(const chain::Chain& chain, const consensus::MemberKeys& members) {
    const types::Header& head = chain.head()->block->header;
    if (head.number == 0 || chain.config().rule_set == types::RuleSet::classic) {
        return {};
    }
    const auto verified = consensus::verify_seal(head);
    if (!verified) {
        return std::string(to_string(verified.error()));
    }
    const auto key = members.find(verified->seal.raft_id);
    return key != members.end() && key->second == verified->signer
               ? std::string()
               : fmt::format("member {} has not sealed it", verified->seal.raft_id);
}

}  // namespace

Result<void, std::string> fetch_state(p2p::Conversation& from, const FetchOptions& options) {
    return Fetch(from, options).run();
}

Result<ProvenState, std::string> prove_state(const chain::ChainOptions& options,
                                             const consensus::MemberKeys& members) {
    chain::ChainOptions existing = options;
    existing.create = false;
    auto opened = chain::Chain::open(existing);
    if (!opened) {
        return Err("the fetched state does not open: " + opened.error().detail);
    }
    chain::Chain& chain = **opened;
    if (const std::string problem = seal_problem(chain, members); !problem.empty()) {
        return Err(fmt::format("block {} of the fetched state: {}", chain.head_number(), problem));
    }
    if (const auto proven = chain.prove_state(); !proven) {
        return Err("the fetched state is not what its newest block says: " + proven.error().detail);
    }
    return ProvenState{.applied_index = chain.applied_index(),
                       .number = chain.head_number(),
                       .block_hash = chain.head()->hash};
}

Result<void, std::string> finish_state(const std::string& directory) {
    return write_durably(directory + DONE_FILE, {});
}

Result<void, std::string> adopt_state(const std::string& directory, const std::string& chain) {
    std::error_code error;
    if (fs::exists(directory + DONE_FILE, error)) {
        fs::remove_all(chain, error);
        fs::rename(directory, chain, error);
        if (error) {
            return Err(fmt::format("cannot move {} to {}: {}", directory, chain, error.message()));
        }
    }
    fs::remove(chain + OFFER_FILE, error);
    fs::remove(chain + DONE_FILE, error);
    return sync_folder(fs::path(chain).parent_path().string());
}

}  // namespace otento::node
