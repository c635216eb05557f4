// Gives the ledger's state to members that ask for it: a checkpoint of the chain database, made
// when asked for, file by file in checked pieces. Owns a thread; the chain goes on meanwhile.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/base/inbox.hpp>
#include <otento/node/questions.hpp>
#include <otento/storage/key_value_store.hpp>

#include <functional>
#include <map>
#include <thread>

namespace otento::node {

struct StateServerOptions {
    std::string directory;  ///< Emptied at the start; holds one checkpoint.
    uint64_t bytes_per_second = uint64_t{64} << 20;  ///< Over all who fetch.
    uint64_t idle_ms = 60'000;  ///< After so long without a question the checkpoint goes.
};

class StateServer {
  public:
    using Answer = std::function<void(Bytes)>;
    using AppliedIndex = std::function<uint64_t()>;

    /// @param applied  Log index that the chain has reached, from any thread.
    StateServer(StateServerOptions options, const storage::KeyValueStore& chain,
                AppliedIndex applied, Clock& clock);
    StateServer(const StateServer&) = delete;
    StateServer& operator=(const StateServer&) = delete;
    ~StateServer();

    /// From any thread; `answer` is called on the server's thread, or never when it is stopped.
    void open(Answer answer);
    void read(ReadState question, Answer answer);
    void stop();

  private:
    struct Job {
        std::optional<ReadState> read;  ///< Else: open.
        Answer answer;
    };
    struct Checkpoint {
        StateOffer offer;
        std::string path;
        uint64_t used_ms = 0;
    };

    void run();
    void serve_open(const Answer& answer);
    void serve_read(const ReadState& question, const Answer& answer);
    [[nodiscard]] Result<Checkpoint, std::string> make();
    void drop();
    void pace(size_t bytes);
    [[nodiscard]] uint64_t now_ms() const { return clock_.monotonic_ns() / 1'000'000; }

    const StateServerOptions options_;
    const storage::KeyValueStore& chain_;
    const AppliedIndex applied_;
    Clock& clock_;
    Inbox<Job> jobs_{256};
    std::optional<Checkpoint> checkpoint_;
    uint64_t sent_until_ns_ = 0;  ///< When what was sent so far has used up its time.
    std::thread thread_;
};

}  // namespace otento::node
