#include <otento/node/state_server.hpp>

#include <otento/base/logger.hpp>
#include <otento/base/random.hpp>
#include <otento/node/durable_file.hpp>
#include <otento/storage/crc32c.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

namespace otento::node {
namespace {

namespace fs = std::filesystem;

/// A checkpoint this young serves the next one that asks, too.
constexpr uint64_t SHARE_MS = 20'000;
constexpr uint64_t NS_PER_SECOND = 1'000'000'000;

}  // namespace

StateServer::StateServer(StateServerOptions options, const storage::KeyValueStore& chain,
                         AppliedIndex applied, Clock& clock)
    : options_(std::move(options)), chain_(chain), applied_(std::move(applied)), clock_(clock) {
    std::error_code ignored;
    fs::remove_all(options_.directory, ignored);
    thread_ = std::thread([this] { run(); });
}

StateServer::~StateServer() {
    stop();
}

void StateServer::stop() {
    jobs_.close();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void StateServer::open(Answer answer) {
    (void)jobs_.try_push({.read = std::nullopt, .answer = std::move(answer)});
}

void StateServer::read(ReadState question, Answer answer) {
    (void)jobs_.try_push({.read = question, .answer = std::move(answer)});
}

void StateServer::run() {
    while (!jobs_.closed()) {
        const auto jobs = jobs_.wait_until(std::chrono::steady_clock::now() +
                                           std::chrono::milliseconds(options_.idle_ms / 4 + 1));
        for (const Job& job : jobs) {
            if (jobs_.closed()) {
                break;
            }
            if (job.read) {
                serve_read(*job.read, job.answer);
            } else {
                serve_open(job.answer);
            }
        }
        if (checkpoint_ && now_ms() > checkpoint_->used_ms + options_.idle_ms) {
            drop();
        }
    }
    drop();
}

void StateServer::drop() {
    if (checkpoint_) {
        std::error_code ignored;
        fs::remove_all(checkpoint_->path, ignored);
        checkpoint_.reset();
    }
}

Result<StateServer::Checkpoint, std::string> StateServer::make() {
    Checkpoint out;
    uint8_t random[8];
    secure_random(random);
    out.offer.handle = load_be<uint64_t>(random);
    out.path = fmt::format("{}/{:016x}", options_.directory, out.offer.handle);
    std::error_code error;
    fs::create_directories(options_.directory, error);
    // The checkpoint is at least as new: what is applied is in the database.
    out.offer.applied_index = applied_();
    if (const auto made = chain_.checkpoint(out.path); !made) {
        return Err(made.error().text);
    }
    for (const auto& entry : fs::directory_iterator(out.path, error)) {
        const uint64_t size = entry.file_size(error);
        out.offer.files.push_back({.name = entry.path().filename().string(), .size = size});
        out.offer.bytes += size;
    }
    if (error) {
        return Err(error.message());
    }
    std::ranges::sort(out.offer.files, {}, &StateFile::name);
    return out;
}

void StateServer::serve_open(const Answer& answer) {
    if (!checkpoint_ || now_ms() > checkpoint_->offer.made_ms + SHARE_MS) {
        drop();
        auto made = make();
        if (!made) {
            logger::warn("state", "cannot make a checkpoint: {}", made.error());
            answer(encode_state_offer({}));
            return;
        }
        checkpoint_ = *std::move(made);
        checkpoint_->offer.made_ms = now_ms();
        logger::info("state", "a member fetches the state: {} files, {} MB",
                     checkpoint_->offer.files.size(), checkpoint_->offer.bytes >> 20);
    }
    checkpoint_->used_ms = now_ms();
    answer(encode_state_offer(checkpoint_->offer));
}

void StateServer::serve_read(const ReadState& question, const Answer& answer) {
    StatePiece piece;
    if (checkpoint_ && checkpoint_->offer.handle == question.handle &&
        question.file < checkpoint_->offer.files.size()) {
        const StateFile& file = checkpoint_->offer.files[question.file];
        const size_t length = std::min<uint64_t>(question.length, PIECE_BYTES_MAX);
        auto read = read_piece(checkpoint_->path + "/" + file.name, question.offset, length);
        if (read) {
            piece.ok = true;
            piece.data = *std::move(read);
            piece.crc32c = storage::crc32c(piece.data);
        }
        checkpoint_->used_ms = now_ms();
    }
    pace(piece.data.size());
    answer(encode_state_piece(piece));
}

/// Keeps to the rate, so that the leader's disk and network have room for the ledger.
void StateServer::pace(size_t bytes) {
    const uint64_t now = clock_.monotonic_ns();
    sent_until_ns_ =
        std::max(sent_until_ns_, now) +
        bytes * (NS_PER_SECOND / 1000) / std::max<uint64_t>(1, options_.bytes_per_second / 1000);
    if (sent_until_ns_ > now + NS_PER_SECOND / 50) {
        std::this_thread::sleep_for(std::chrono::nanoseconds(sent_until_ns_ - now));
    }
}

}  // namespace otento::node
