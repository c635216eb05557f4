// A chain that GoQuorum 2.4 minted (vectors/quorum24-chain-a), imported through the node's own
// chain: genesis hash, every block re-executed and committed, final accounts, and the same again
// after a restart.
#include <otento/base/hex.hpp>
#include <otento/base/rlp.hpp>
#include <otento/chain/testing/fixture.hpp>

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdio>

namespace otento::conformance {
namespace {

using chain::Chain;
namespace dom = simdjson::dom;

const std::string FOLDER = std::string(OTENTO_SHARED_DIR) + "/vectors/quorum24-chain-a";

[[nodiscard]] uint256 quantity(dom::element from) {
    return uint256::parse(std::string_view(from.get_string())).value();
}

[[nodiscard]] types::Genesis load_genesis() {
    dom::parser parser;
    const dom::object document = parser.load(FOLDER + "/genesis.json").get_object();
    types::Genesis out;
    auto& forks = out.config.forks;
    forks.homestead_block = forks.eip150_block = forks.eip155_block = forks.eip158_block = 0;
    forks.byzantium_block = forks.constantinople_block = 0;
    out.config.chain_id = document["config"]["chainId"].get_uint64();
    out.config.code_size_max = document["config"]["maxCodeSize"].get_uint64() * 1024;
    out.config.rule_set = types::RuleSet::classic;
    out.gas_limit = quantity(document["gasLimit"]).low64();
    out.extra_data = *from_hex(std::string_view(document["extraData"].get_string()));
    out.prev_randao = *fixed_from_hex<32>(std::string_view(document["mixhash"].get_string()));
    for (const auto& [address, value] : document["alloc"].get_object()) {
        auto& account = out.alloc[*fixed_from_hex<20>(address)];
        account.balance = quantity(value["balance"]);
        if (dom::element code; value["code"].get(code) == simdjson::SUCCESS) {
            account.code = *from_hex(std::string_view(code.get_string()));
            account.nonce = quantity(value["nonce"]).low64();
            for (const auto& [slot, content] : value["storage"].get_object()) {
                account.storage[*fixed_from_hex<32>(slot)] =
                    *fixed_from_hex<32>(std::string_view(content.get_string()));
            }
        }
    }
    return out;
}

[[nodiscard]] Bytes load_chain() {
    const std::string command = "gzip -dc " + FOLDER + "/chain.rlp.gz";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"),
                                                               &pclose);
    Bytes out;
    std::array<uint8_t, 65536> part;
    while (const size_t got = std::fread(part.data(), 1, part.size(), pipe.get())) {
        append(out, BytesView{part}.first(got));
    }
    return out;
}

TEST(QuorumChain, imports_with_identical_hashes_and_state) {
    dom::parser parser;
    dom::element facts;
    if (parser.load(FOLDER + "/facts.json").get(facts) != simdjson::SUCCESS) {
        GTEST_SKIP() << "no " << FOLDER;
    }
    const chain::testing::TempFolder folder;
    const types::Genesis genesis = load_genesis();
    auto node = chain::testing::open_chain(folder.path("quorum"), genesis);
    EXPECT_EQ(to_hex0x(node->genesis_hash()), std::string_view(facts["genesisHash"].get_string()));

    const Bytes bytes = load_chain();
    rlp::Reader reader(bytes);
    ASSERT_TRUE(reader.read_raw());  // Block 0.
    uint64_t index = 0;
    while (!reader.at_end()) {
        const auto item = reader.read_raw();
        ASSERT_TRUE(item);
        const auto decoded = chain::decode_and_recover(
            std::make_shared<const Bytes>(to_bytes(*item)), node->config());
        ASSERT_TRUE(decoded) << decoded.error().detail;
        const auto& header = decoded->block->header;
        const auto& parent = node->head()->block->header;
        EXPECT_EQ(chain::next_difficulty(genesis.config.forks, parent, header.timestamp),
                  header.difficulty);
        EXPECT_EQ(chain::quorum_gas_limit(parent, 700'000'000, 800'000'000), header.gas_limit);
        auto block = node->verify(nullptr, *decoded);
        ASSERT_TRUE(block) << execution::to_string(block.error().error) << ": "
                           << block.error().detail;
        ASSERT_TRUE(node->commit(*block, ++index));
    }
    EXPECT_EQ(node->head_number(), uint64_t{facts["height"].get_uint64()});
    const auto check = [&] {
        const auto view = node->view();
        for (const dom::element block : facts["blocks"].get_array()) {
            const uint64_t number = block["n"].get_uint64();
            ASSERT_EQ(to_hex0x(*view->hash_of(number)),
                      std::string_view(block["hash"].get_string()));
        }
        const auto state = view->state_at(view->head_number());
        for (const auto& [address, fact] : facts["accounts"].get_object()) {
            const auto account = state->account(*fixed_from_hex<20>(address));
            ASSERT_TRUE(account.has_value());
            EXPECT_EQ(account->balance.to_decimal(),
                      std::string_view(fact["balance"].get_string()));
            EXPECT_EQ(account->nonce, uint64_t{fact["nonce"].get_uint64()});
        }
        for (const dom::element fact : facts["historic"].get_array()) {
            const auto past = view->state_at(fact["block"].get_uint64());
            ASSERT_NE(past, nullptr);
            const auto account =
                past->account(*fixed_from_hex<20>(std::string_view(fact["address"].get_string())));
            EXPECT_EQ(account ? account->balance.to_decimal() : "0",
                      std::string_view(fact["balance"].get_string()));
        }
    };
    check();
    node.reset();
    node = chain::testing::open_chain(folder.path("quorum"), genesis);
    EXPECT_EQ(node->applied_index(), index);
    check();
}

}  // namespace
}  // namespace otento::conformance
