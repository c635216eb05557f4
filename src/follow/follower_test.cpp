// Following a source that is a table: a chain of our own served as GoQuorum would, with pauses and
// lies.
#include <otento/base/hex.hpp>
#include <otento/chain/testing/fixture.hpp>
#include <otento/follow/cutover.hpp>
#include <otento/jsonrpc/forms.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace otento::follow {
namespace {

using chain::testing::TempFolder;

/// Answers single calls and batches from a chain; what is in `lies` replaces an answer's result.
class ChainNode final : public rpcclient::Transport {
  public:
    explicit ChainNode(std::shared_ptr<const chain::ChainView> view) : view_(std::move(view)) {
        head = view_->head_number();
    }

    [[nodiscard]] Result<std::string, rpcclient::TransportFailure> exchange(
        std::string_view text) override {
        if (std::ranges::count(text, '{') > calls_max) {
            ++refused;
            return Err(rpcclient::TransportFailure{rpcclient::TransportError::too_large, "long"});
        }
        if (down) {
            return Err(rpcclient::TransportFailure{rpcclient::TransportError::unreachable, "down"});
        }
        const auto document = jsonrpc::parse(std::string(text));
        const auto root = document->root();
        if (!root.is_array()) {
            return answer(root);
        }
        std::string out = "[";
        for (const auto item : root) {
            out += (out.size() > 1 ? "," : "") + answer(item);
        }
        return out + "]";
    }
    [[nodiscard]] const std::string& endpoint() const noexcept override { return name_; }

    bool down = false;
    ptrdiff_t calls_max = 1000;  ///< In a batch that is answered.
    int refused = 0;             ///< Batches with more.
    bool debug = true;
    uint64_t head = 0;
    std::map<std::string, std::string> lies;  ///< "method number" to result.
    std::map<std::string, int> lies_left;     ///< How often; absent: always.

  private:
    std::string answer(jsonrpc::Value request) {
        const std::string method(request.find("method")->text());
        const auto params = request.find("params");
        const std::string id(request.find("id")->raw());
        uint64_t number = 0;
        bool full = false;
        for (const auto param : *params) {
            if (param.kind() == jsonrpc::Kind::boolean) {
                full = param.text() == "true";
            } else {
                number = std::stoull(std::string(param.text()), nullptr, 0);
            }
        }
        const std::string head_part = R"({"jsonrpc":"2.0","id":)" + id + R"(,)";
        const auto result = result_of(method, number, full);
        if (!result) {
            return head_part + R"("error":{"code":-32601,"message":"the method does not exist"}})";
        }
        return head_part + R"("result":)" + *result + "}";
    }

    std::optional<std::string> result_of(const std::string& method, uint64_t number, bool full) {
        const std::string place = method + " " + std::to_string(number);
        if (const auto lie = lies.find(place); lie != lies.end()) {
            const auto left = lies_left.find(place);
            if (left == lies_left.end() || left->second-- > 0) {
                return lie->second;
            }
        }
        if (method == "eth_blockNumber") {
            return "\"" + to_quantity(head) + "\"";
        }
        if (method == "debug_getBlockRlp" && debug) {
            return number > head
                       ? "null"
                       : "\"" + to_hex(types::encode_block(*view_->block(number)->block)) + "\"";
        }
        if (method == "eth_getBlockByNumber") {
            return number > head ? "null" : json(number, full);
        }
        if (method == "txpool_status") {
            return R"({"pending":"0x0","queued":"0x0"})";
        }
        return std::nullopt;
    }

    std::string json(uint64_t number, bool full) const {
        const auto block = view_->block(number);
        jsonrpc::Writer out;
        jsonrpc::write_block(out, *block->block,
                             {.hash = block->hash,
                              .tx_hashes = block->tx_hashes,
                              .senders = block->senders,
                              .full = full});
        return out.take();
    }

    std::shared_ptr<const chain::ChainView> view_;
    std::string name_ = "source";
};

/// A classic chain with one transfer in each block.
types::Genesis classic_genesis() {
    types::Genesis out = chain::testing::genesis();
    out.config.rule_set = types::RuleSet::classic;
    out.config.forks = {};
    out.config.forks.homestead_block = out.config.forks.eip150_block = 0;
    out.config.forks.eip155_block = out.config.forks.eip158_block = 0;
    out.config.forks.byzantium_block = 0;
    out.gas_limit = 800'000'000;
    return out;
}

class FollowerTest : public ::testing::Test {
  protected:
    static constexpr uint64_t BLOCKS = 20;

    void SetUp() override {
        original_ = chain::testing::open_chain(folder_.path("original"), classic_genesis());
        for (uint64_t i = 0; i < BLOCKS; ++i) {
            const auto built = chain::testing::build(
                *original_, nullptr,
                {chain::testing::transfer(chain::testing::key(1), i, chain::testing::key(2).address,
                                          uint256(i))},
                1'795'330'293'000'000'000 + i * 50'000'000);
            ASSERT_TRUE(original_->commit(built, 0).has_value());
        }
        copy_ = chain::testing::open_chain(folder_.path("copy"), classic_genesis());
        connect();
    }

    void connect() {
        auto node = std::make_unique<ChainNode>(original_->view());
        node_ = node.get();
        source_ = std::make_unique<Source>(std::move(node));
    }

    /// Steps until nothing goes on.
    FollowStatus run(Follower& follower) {
        for (int i = 0; i < 1000; ++i) {
            if (follower.step().state != FollowState::copying) {
                break;
            }
        }
        return follower.status();
    }

    std::string block_rlp(uint64_t number, const std::function<void(types::Block&)>& change) {
        types::Block block = *original_->view()->block(number)->block;
        change(block);
        return "\"" + to_hex(types::encode_block(block)) + "\"";
    }

    TempFolder folder_;
    std::unique_ptr<chain::Chain> original_;
    std::unique_ptr<chain::Chain> copy_;
    ChainNode* node_ = nullptr;
    std::unique_ptr<Source> source_;
};

TEST_F(FollowerTest, copies_by_bytes_and_by_objects_alike) {
    for (const bool debug : {true, false}) {
        connect();
        node_->debug = debug;
        node_->head = debug ? BLOCKS / 2 : BLOCKS;
        Follower follower(*copy_, *source_, {});
        const FollowStatus status = run(follower);
        EXPECT_EQ(status.state, FollowState::level) << status.text;
        EXPECT_EQ(status.number, node_->head);
        EXPECT_EQ(status.lag(), 0u);
        EXPECT_EQ(source_->way(), debug ? "debug_getBlockRlp" : "eth_getBlockByNumber");
    }
    EXPECT_EQ(copy_->head()->hash, original_->head()->hash);
    EXPECT_EQ(copy_->applied_index(), 0u);
}

TEST_F(FollowerTest, a_source_that_is_away_is_waited_for) {
    node_->head = 5;
    Follower follower(*copy_, *source_, {});
    EXPECT_EQ(run(follower).number, 5u);
    node_->down = true;
    EXPECT_EQ(run(follower).state, FollowState::unreachable);
    node_->down = false;
    node_->head = 3;  // It has restarted and is behind us.
    EXPECT_EQ(run(follower).state, FollowState::level);
    node_->head = BLOCKS;
    EXPECT_EQ(run(follower).number, BLOCKS);
}

TEST_F(FollowerTest, asks_for_less_where_an_answer_would_be_too_long) {
    node_->calls_max = 8;  // Four blocks, two calls each.
    Follower follower(*copy_, *source_, {});
    for (int i = 0; i < 100 && follower.step().state != FollowState::level; ++i) {
    }
    EXPECT_EQ(follower.status().number, BLOCKS);
    EXPECT_EQ(node_->refused, 1);
}

TEST_F(FollowerTest, stops_at_the_wanted_block) {
    Follower follower(*copy_, *source_, {.until = 7});
    EXPECT_EQ(run(follower).state, FollowState::done);
    EXPECT_EQ(copy_->head_number(), 7u);
}

TEST_F(FollowerTest, bytes_that_do_not_hash_to_their_name_are_a_lie) {
    node_->lies["debug_getBlockRlp 9"] =
        block_rlp(9, [](types::Block& block) { block.header.extra_data = {1}; });
    Follower follower(*copy_, *source_, {});
    const FollowStatus status = run(follower);
    EXPECT_EQ(status.state, FollowState::lie);
    EXPECT_EQ(status.number, 8u);
    EXPECT_TRUE(status.text.starts_with("block 9 is named 0x")) << status.text;
}

TEST_F(FollowerTest, a_consistent_lie_fails_in_execution) {
    // The liar has a whole block of its own, with hash and all.
    types::Block block = *original_->view()->block(9)->block;
    block.header.state_root.bytes[0] ^= 1;
    node_->lies["debug_getBlockRlp 9"] = "\"" + to_hex(types::encode_block(block)) + "\"";
    node_->lies["eth_getBlockByNumber 9"] =
        R"({"hash":")" + to_hex0x(types::header_hash(block.header)) + R"("})";
    Follower follower(*copy_, *source_, {});
    const FollowStatus status = run(follower);
    EXPECT_EQ(status.state, FollowState::lie);
    EXPECT_TRUE(status.text.starts_with("block 9 does not execute to what it says: "))
        << status.text;
    EXPECT_EQ(copy_->head_number(), 8u);
}

TEST_F(FollowerTest, a_lie_that_is_not_repeated_is_forgiven) {
    node_->lies["debug_getBlockRlp 9"] =
        block_rlp(9, [](types::Block& block) { block.transactions.clear(); });
    node_->lies_left["debug_getBlockRlp 9"] = 1;
    Follower follower(*copy_, *source_, {});
    EXPECT_EQ(run(follower).state, FollowState::level);
    EXPECT_EQ(copy_->head()->hash, original_->head()->hash);
}

TEST_F(FollowerTest, a_source_that_changed_its_history_is_caught) {
    node_->head = 5;
    Follower follower(*copy_, *source_, {});
    EXPECT_EQ(run(follower).state, FollowState::level);
    node_->down = true;
    EXPECT_EQ(run(follower).state, FollowState::unreachable);
    node_->down = false;
    node_->lies["eth_getBlockByNumber 5"] = R"({"hash":"0x)" + std::string(64, 'a') +
                                            R"(","stateRoot":"0x)" + std::string(64, 'b') + R"("})";
    const FollowStatus status = run(follower);
    EXPECT_EQ(status.state, FollowState::lie);
    EXPECT_TRUE(status.text.starts_with("block 5 is 0x")) << status.text;
}

TEST_F(FollowerTest, rules_that_the_chain_does_not_tell_are_found_and_kept) {
    // Made while contracts were limited to 24 KiB; the genesis was edited to 32 KiB later.
    const auto built = chain::testing::build(
        *original_, nullptr,
        {chain::testing::creation(chain::testing::key(1), BLOCKS,
                                  chain::testing::deployer(Bytes(30'000)), 10'000'000)},
        original_->head()->block->header.timestamp + 1);
    ASSERT_TRUE(original_->commit(built, 0).has_value());
    connect();
    types::Genesis edited = classic_genesis();
    edited.config.code_size_max = 32 * 1024;
    const auto chain = chain::testing::open_chain(folder_.path("edited"), edited);
    int found = 0;
    Follower follower(*chain, *source_, {.rules_found = [&](const types::ChainConfig& config) {
        ++found;
        EXPECT_EQ(config.code_size_at(BLOCKS + 1), 24'576u);
        return Result<void, std::string>();
    }});
    const FollowStatus status = run(follower);
    EXPECT_EQ(status.state, FollowState::level) << status.text;
    EXPECT_EQ(status.number, BLOCKS + 1);
    EXPECT_EQ(found, 1);
}

TEST_F(FollowerTest, another_chain_is_refused) {
    types::Genesis other = classic_genesis();
    other.gas_limit += 1;
    const auto chain = chain::testing::open_chain(folder_.path("other"), other);
    Follower follower(*chain, *source_, {});
    const FollowStatus status = run(follower);
    EXPECT_EQ(status.state, FollowState::failed);
    EXPECT_NE(status.text.find("another genesis"), std::string::npos) << status.text;
}

TEST_F(FollowerTest, garbage_is_no_block) {
    for (const std::string text : {"\"zz\"", "\"c0\"", "\"f90000\"", "7", "null", "[]", "{}"}) {
        node_->lies["debug_getBlockRlp 2"] = text;
        Follower follower(*copy_, *source_, {});
        const FollowStatus status = run(follower);
        EXPECT_TRUE(status.state == FollowState::lie || status.state == FollowState::unreachable);
        EXPECT_EQ(status.number, 1u) << text;
    }
}

TEST_F(FollowerTest, a_cutover_copies_the_rest_and_answers_the_checklist) {
    CutoverOptions options;
    options.pause = [](uint32_t) { return true; };
    const CutoverReport report = cut_over(*copy_, *source_, options);
    EXPECT_TRUE(report.passed());
    EXPECT_EQ(report.number, BLOCKS);
    EXPECT_EQ(copy_->head()->hash, original_->head()->hash);
}

TEST_F(FollowerTest, a_cutover_fails_while_the_source_mints) {
    node_->head = 10;
    CutoverOptions options;
    options.pause = [this](uint32_t) {
        node_->head = 11;
        return true;
    };
    const CutoverReport report = cut_over(*copy_, *source_, options);
    EXPECT_FALSE(report.passed());
    options.height = 10;
    options.leave_behind = true;
    EXPECT_TRUE(cut_over(*copy_, *source_, options).passed());
    options.height = 9;
    EXPECT_FALSE(cut_over(*copy_, *source_, options).passed());
}

TEST_F(FollowerTest, a_cutover_fails_with_transactions_waiting) {
    node_->lies["txpool_status 0"] = R"({"pending":"0x2","queued":"0x1"})";
    CutoverOptions options;
    options.pause = [](uint32_t) { return true; };
    const CutoverReport report = cut_over(*copy_, *source_, options);
    EXPECT_FALSE(report.passed());
    EXPECT_EQ(report.items.back().verdict, Verdict::note);
}

}  // namespace
}  // namespace otento::follow
