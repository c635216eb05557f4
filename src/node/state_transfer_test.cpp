// Both ends of the way a state travels, over a conversation without a network.
#include <otento/node/state_fetch.hpp>
#include <otento/node/state_server.hpp>

#include <otento/storage/testing/temporary_directory.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>

namespace otento::node {
namespace {

namespace fs = std::filesystem;

class ManualClock final : public Clock {
  public:
    std::atomic<uint64_t> now_ns = 1'000'000'000;
    [[nodiscard]] uint64_t monotonic_ns() const noexcept override { return now_ns; }
    [[nodiscard]] uint64_t unix_ns() const noexcept override { return now_ns; }
    void pass_ms(uint64_t ms) { now_ns += ms * 1'000'000; }
};

types::Genesis genesis(uint64_t balance) {
    types::Genesis out;
    out.config.chain_id = 1337;
    out.gas_limit = 30'000'000;
    // Enough for files of more than one piece.
    for (uint64_t i = 1; i <= 40'000; ++i) {
        out.alloc[uint256{i}.to_address()].balance = balance + i;
    }
    return out;
}

/// The other end is a server in this process; counts, damages and loses what a test wants.
class ToServer final : public p2p::Conversation {
  public:
    explicit ToServer(StateServer& server) : server_(server) {}

    uint64_t pieces = 0;
    uint64_t bytes = 0;
    uint64_t opened = 0;
    uint64_t lost_after = UINT64_MAX;  ///< Pieces.
    std::function<void(StatePiece&)> change;

    Result<Bytes, std::string> ask(Bytes question, uint32_t) override {
        auto decoded = decode_question(question);
        if (!decoded) {
            return Err(std::string("does not decode"));
        }
        if (std::holds_alternative<OpenState>(*decoded)) {
            ++opened;
            return answer_of([&](StateServer::Answer answer) { server_.open(std::move(answer)); });
        }
        if (pieces == lost_after) {
            return Err(std::string("the member is gone"));
        }
        ++pieces;
        const Bytes answer = answer_of([&](StateServer::Answer done) {
            server_.read(std::get<ReadState>(*decoded), std::move(done));
        });
        auto piece = decode_state_piece(answer);
        EXPECT_TRUE(piece);
        bytes += piece->data.size();
        if (change) {
            change(*piece);
        }
        return encode_state_piece(*piece);
    }
    [[nodiscard]] const p2p::NodeKey& peer_key() const noexcept override { return key_; }

  private:
    template <typename Ask>
    static Bytes answer_of(Ask ask) {
        auto promise = std::make_shared<std::promise<Bytes>>();
        auto future = promise->get_future();
        ask([promise](Bytes answer) { promise->set_value(std::move(answer)); });
        return future.get();
    }
    StateServer& server_;
    p2p::NodeKey key_;
};

class StateTransferTest : public testing::Test {
  protected:
    storage::testing::TemporaryDirectory directory;
    ManualClock clock;
    std::unique_ptr<chain::Chain> chain;
    std::unique_ptr<StateServer> server;
    std::vector<std::string> reports;

    void SetUp() override {
        auto opened = chain::Chain::open({.path = path("chain"), .genesis = genesis(1)});
        ASSERT_TRUE(opened) << opened.error().detail;
        chain = *std::move(opened);
        ASSERT_TRUE(chain->store().flush());
        serve();
    }
    void serve() {
        server = std::make_unique<StateServer>(
            StateServerOptions{.directory = path("outgoing"),
                               .bytes_per_second = uint64_t{1} << 40,
                               .idle_ms = 1'000},
            chain->store(), [] { return uint64_t{7}; }, clock);
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return directory.path() + "/" + name;
    }
    [[nodiscard]] Result<void, std::string> fetch(ToServer& from,
                                                  const std::atomic<bool>* stopping = nullptr) {
        return fetch_state(from, {.directory = path("incoming"),
                                  .report = [this](std::string text) { reports.push_back(text); },
                                  .alive = [] {},
                                  .stopping = stopping});
    }
    [[nodiscard]] Result<ProvenState, std::string> prove(uint64_t balance = 1) {
        return prove_state({.path = path("incoming"), .genesis = genesis(balance)}, {});
    }
    static uint64_t bytes_in(const std::string& folder) {
        uint64_t sum = 0;
        for (const auto& entry : fs::directory_iterator(folder)) {
            sum += entry.path().filename().string().front() == '.' ? 0 : entry.file_size();
        }
        return sum;
    }
};

TEST_F(StateTransferTest, what_arrives_is_the_state_and_proves_itself) {
    ToServer member(*server);
    const auto fetched = fetch(member);
    ASSERT_TRUE(fetched) << fetched.error();
    EXPECT_GT(member.bytes, PIECE_BYTES_MAX) << "several pieces, or the test says little";
    EXPECT_EQ(bytes_in(path("incoming")), member.bytes);
    EXPECT_NE(reports.back().find("100 %"), std::string::npos);
    const auto proven = prove();
    ASSERT_TRUE(proven) << proven.error();
    EXPECT_EQ(proven->number, 0u);
    EXPECT_EQ(proven->block_hash, chain->head()->hash);
    EXPECT_EQ(proven->applied_index, chain->applied_index());
}

TEST_F(StateTransferTest, the_state_of_another_genesis_is_refused) {
    ToServer member(*server);
    ASSERT_TRUE(fetch(member));
    EXPECT_FALSE(prove(2));
}

TEST_F(StateTransferTest, goes_on_where_it_was) {
    ToServer member(*server);
    ASSERT_TRUE(fetch(member));
    const uint64_t whole = member.bytes;
    fs::remove_all(path("incoming"));
    uint64_t bytes = 0;
    uint64_t attempts = 0;
    for (bool done = false; !done && attempts < 1'000; ++attempts) {
        ToServer attempt(*server);
        attempt.lost_after = 2;
        done = fetch(attempt).has_value();
        EXPECT_EQ(attempt.opened, attempts == 0 ? 1u : 0u) << "one copy serves all attempts";
        bytes += attempt.bytes;
    }
    EXPECT_GT(attempts, 2u);
    EXPECT_LE(bytes, whole + attempts) << "a byte each time, to ask whether it can go on";
    EXPECT_TRUE(prove());
}

TEST_F(StateTransferTest, a_copy_that_was_given_up_is_begun_anew) {
    ToServer member(*server);
    member.lost_after = 2;
    ASSERT_FALSE(fetch(member));
    server.reset();
    serve();
    ToServer again(*server);
    ASSERT_TRUE(fetch(again));
    EXPECT_EQ(again.opened, 1u);
    EXPECT_EQ(bytes_in(path("incoming")), again.bytes);
    EXPECT_TRUE(prove());
}

TEST_F(StateTransferTest, leftovers_of_an_older_attempt_do_not_get_in) {
    fs::create_directories(path("incoming"));
    std::ofstream(path("incoming") + "/000001.sst") << "of another time";
    std::ofstream(path("incoming") + "/.offer") << "nonsense";
    ToServer member(*server);
    ASSERT_TRUE(fetch(member));
    EXPECT_EQ(bytes_in(path("incoming")), member.bytes);
    EXPECT_TRUE(prove());
}

TEST_F(StateTransferTest, a_damaged_piece_is_noticed) {
    ToServer member(*server);
    member.change = [](StatePiece& piece) {
        if (!piece.data.empty()) {
            piece.data.back() ^= 1;
        }
    };
    const auto fetched = fetch(member);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error(), "a piece of the state was damaged on the way");
}

TEST_F(StateTransferTest, a_member_that_sends_less_than_it_said_ends_the_attempt) {
    ToServer member(*server);
    member.change = [](StatePiece& piece) {
        piece.data.clear();
        piece.crc32c = 0;
    };
    const auto fetched = fetch(member);
    ASSERT_FALSE(fetched);
    EXPECT_NE(fetched.error().find("shorter than it said"), std::string::npos);
}

TEST_F(StateTransferTest, stops_between_two_pieces) {
    ToServer member(*server);
    const std::atomic<bool> stopping = true;
    const auto fetched = fetch(member, &stopping);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error(), "stopped");
    EXPECT_EQ(member.pieces, 0u);
}

TEST_F(StateTransferTest, several_members_share_a_young_copy_and_an_old_one_is_made_anew) {
    ToServer member(*server);
    const auto offer = [&] {
        const auto answer = member.ask(encode_question(OpenState{}), 0);
        return *decode_state_offer(*answer);
    };
    const StateOffer first = offer();
    EXPECT_EQ(first.applied_index, 7u);
    EXPECT_EQ(offer().handle, first.handle);
    clock.pass_ms(20'001);
    const StateOffer second = offer();
    EXPECT_NE(second.handle, first.handle);
    const auto piece = decode_state_piece(
        *member.ask(encode_question(ReadState{.handle = first.handle, .length = 1}), 0));
    EXPECT_FALSE(piece->ok) << "one copy at a time";
}

TEST_F(StateTransferTest, what_is_not_in_the_copy_is_not_read) {
    ToServer member(*server);
    const StateOffer offer = *decode_state_offer(*member.ask(encode_question(OpenState{}), 0));
    const auto read = [&](const ReadState& question) {
        return *decode_state_piece(*member.ask(encode_question(question), 0));
    };
    EXPECT_FALSE(read({.handle = offer.handle + 1, .length = 1}).ok);
    EXPECT_FALSE(read({.handle = offer.handle, .file = offer.files.size(), .length = 1}).ok);
    EXPECT_FALSE(read({.handle = offer.handle, .file = UINT64_MAX, .length = 1}).ok);
    EXPECT_TRUE(read({.handle = offer.handle, .offset = UINT64_MAX / 2, .length = 1}).data.empty());
    uint64_t largest = 0;
    for (size_t i = 0; i < offer.files.size(); ++i) {
        largest = offer.files[i].size > offer.files[largest].size ? i : largest;
    }
    EXPECT_EQ(read({.handle = offer.handle, .file = largest, .length = UINT64_MAX}).data.size(),
              std::min<uint64_t>(offer.files[largest].size, PIECE_BYTES_MAX));
}

TEST_F(StateTransferTest, a_copy_that_nobody_asks_for_goes_away) {
    ToServer member(*server);
    ASSERT_TRUE(member.ask(encode_question(OpenState{}), 0));
    ASSERT_FALSE(fs::is_empty(path("outgoing")));
    clock.pass_ms(1'001);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!fs::is_empty(path("outgoing")) && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(fs::is_empty(path("outgoing")));
}

TEST_F(StateTransferTest, only_a_finished_state_takes_the_place_of_ours) {
    ToServer member(*server);
    ASSERT_TRUE(fetch(member));
    fs::create_directories(path("ours"));
    std::ofstream(path("ours") + "/mark") << "ours";
    ASSERT_TRUE(adopt_state(path("incoming"), path("ours")));
    EXPECT_TRUE(fs::exists(path("ours") + "/mark")) << "not proven, not taken";
    ASSERT_TRUE(finish_state(path("incoming")));
    ASSERT_TRUE(adopt_state(path("incoming"), path("ours")));
    EXPECT_FALSE(fs::exists(path("ours") + "/mark"));
    EXPECT_FALSE(fs::exists(path("incoming")));
    const auto opened =
        chain::Chain::open({.path = path("ours"), .genesis = genesis(1), .create = false});
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ((*opened)->head()->hash, chain->head()->hash);
    // Interrupted after ours was removed, and again when all is done: the same call goes on.
    ASSERT_TRUE(adopt_state(path("incoming"), path("ours")));
}

}  // namespace
}  // namespace otento::node
