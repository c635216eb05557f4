#include <otento/base/hex.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/config/text_file.hpp>
#include <otento/consensus/classic_seal.hpp>
#include <otento/migrate/audit.hpp>
#include <otento/migrate/testing/chain_files.hpp>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace otento::migrate {
namespace {

using namespace literals;
using testing::World;

std::vector<types::Block> blocks_of(const chain::Chain& chain) {
    std::vector<types::Block> out;
    const auto view = chain.view();
    for (uint64_t number = 0; number <= view->head_number(); ++number) {
        out.push_back(*view->block(number)->block);
    }
    return out;
}

/// @param members  Node keys of raft ids 1, 2, …; as a complete list.
std::vector<BlockAudit> audit(const types::ChainConfig& config,
                              const std::vector<crypto::PublicKey>& members,
                              const std::vector<types::Block>& blocks) {
    MemberList list{.nodes = {}, .complete = true};
    for (const crypto::PublicKey& key : members) {
        list.nodes.emplace(list.nodes.size() + 1, key);
    }
    SealAudit book(config, list);
    for (const types::Block& block : blocks) {
        book.learn(block.header);
    }
    std::vector<BlockAudit> out;
    for (size_t i = 1; i < blocks.size(); ++i) {
        out.push_back(book.judge(blocks[i].header, has_private_transaction(blocks[i])));
    }
    return out;
}

// The worked example of spec/quorum-raft.md 2.4.
TEST(ClassicSeal, the_worked_example_recovers_its_node) {
    types::Header header;
    header.parent_hash = "0x135c8dba7d9c2a3676a5e5f23fe6e293a36ec1116ffb08a07cc524207b6f6478"_hash;
    header.ommers_hash = types::EMPTY_OMMERS_HASH;
    header.state_root = "0x806a04f62dbadb5cf0e385575f0fc57995460c05c0ee2cabbe3e46bdf8c987e1"_hash;
    header.transactions_root =
        "0xa84762e89c56c8cd8b4b9bbb0d1a23a11b8374352baba5416a2e55d51271466a"_hash;
    header.receipts_root =
        "0x056b23fbba480696b65fe5a59b8f2148a1299103c4f57df839233af2cf4ca2d2"_hash;
    header.difficulty = 0x20000;
    header.number = 1;
    header.gas_limit = 0xdff20001;
    header.gas_used = 0x5208;
    header.timestamp = 0x18ea48d52dad3d51;
    header.extra_data = Bytes(32, 0);
    append(
        header.extra_data,
        "0xf84431b84129a6822f9c403dcf554640d7e7c9f1873761875d04d193a4b5e100a34a7dd5af26cc1ceb462b695d847178dc3ffe22307e5e3bb8125bb2488964b335e2b00c4700"_hex);
    EXPECT_EQ(to_hex0x(types::header_hash(header)),
              "0x6e5e01ffe3db24be59988ec2a7b27bcb06a769a502c7ae577ba5414976654fef");
    EXPECT_EQ(to_hex0x(consensus::classic_seal_hash(header, header.logs_bloom)),
              "0x6704779e24c0340f6e558023f2b95f10c7d9472667a960eaeda34cf1d980979b");
    const auto seal = consensus::parse_classic_seal(header.extra_data);
    ASSERT_TRUE(seal);
    EXPECT_EQ(seal->raft_id, 1U);
    Hash secret;
    std::fill_n(secret.data(), Hash::SIZE, uint8_t{0x11});
    EXPECT_EQ(consensus::recover_classic_signers(header, *seal).full_bloom,
              crypto::public_key(secret));
    // What we would have sealed is the same to the bit: both signatures are deterministic.
    types::Header ours = header;
    consensus::seal_classic_header(ours, 1, secret, false);
    EXPECT_EQ(to_hex(ours.extra_data), to_hex(header.extra_data));
}

TEST(ClassicSeal, raft_ids_are_hex_digits_of_any_number) {
    const std::pair<uint64_t, size_t> lengths[] = {{1, 102}, {10, 102}, {16, 104}, {4095, 105}};
    for (const auto& [id, length] : lengths) {
        types::Header header;
        consensus::seal_classic_header(header, id, testing::node_key(1), false);
        EXPECT_EQ(header.extra_data.size(), length);
        EXPECT_EQ(consensus::parse_classic_seal(header.extra_data).value().raft_id, id);
    }
    EXPECT_EQ(consensus::parse_classic_seal(Bytes(32, 0)).error(),
              consensus::ClassicSealError::absent);
    EXPECT_EQ(consensus::parse_classic_seal(Bytes(102, 0)).error(),
              consensus::ClassicSealError::malformed);
}

TEST(SealAudit, tells_verified_from_forged_and_unverifiable) {
    World world(testing::classic_genesis());
    testing::mint(*world.chain, 1, 3);
    testing::mint(*world.chain, 2, 3);
    testing::mint(*world.chain, 7, 1);
    auto blocks = blocks_of(*world.chain);
    const auto key = [](uint64_t id) { return *crypto::public_key(testing::node_key(id)); };
    // Without a list, minters vouch for themselves by signing twice.
    auto verdicts = audit(world.genesis.config, {}, blocks);
    for (size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(verdicts[i].verdict, Verdict::verified) << i;
    }
    EXPECT_EQ(verdicts[6].verdict, Verdict::unverifiable);
    EXPECT_EQ(verdicts[0].node, key(1));
    EXPECT_EQ(verdicts[3].node, key(2));
    // A list that names the key makes the last one good: its node came back under another id.
    verdicts = audit(world.genesis.config, {key(1), key(2), key(7)}, blocks);
    EXPECT_EQ(verdicts[6].verdict, Verdict::verified);
    // One that names another key for the id shows a forgery.
    verdicts = audit(world.genesis.config, {key(1), key(9)}, blocks);
    EXPECT_EQ(verdicts[3].verdict, Verdict::forged);
    // Sealed by member 2 in the name of member 1.
    consensus::seal_classic_header(blocks[2].header, 1, testing::node_key(2), false);
    verdicts = audit(world.genesis.config, {key(1), key(2)}, blocks);
    EXPECT_EQ(verdicts[1].verdict, Verdict::forged);
    EXPECT_EQ(verdicts[1].node, key(2));
    // A signature over another header.
    blocks[3].header.gas_limit += 1;
    verdicts = audit(world.genesis.config, {}, blocks);
    EXPECT_EQ(verdicts[2].verdict, Verdict::unverifiable);  // Nothing established for id 1 …
    verdicts = audit(world.genesis.config, {key(1), key(2)}, blocks);
    EXPECT_EQ(verdicts[2].verdict, Verdict::forged);  // … but with the list it is.
    // The same with a private transaction: its logs may be in the seal.
    blocks[3].transactions[0].quorum_private = true;
    verdicts = audit(world.genesis.config, {key(1), key(2)}, blocks);
    EXPECT_EQ(verdicts[2].verdict, Verdict::unverifiable);
    blocks[3].header.extra_data = Bytes(32, 0);
    verdicts = audit(world.genesis.config, {key(1), key(2)}, blocks);
    EXPECT_EQ(verdicts[2].verdict, Verdict::unverifiable);  // As GoQuorum before 2.2.0 wrote.
    blocks[3].header.extra_data = Bytes(40, 1);
    verdicts = audit(world.genesis.config, {key(1), key(2)}, blocks);
    EXPECT_EQ(verdicts[2].verdict, Verdict::forged);
}

// A cluster was set up anew on the old chain, with other nodes under the same ids.
TEST(SealAudit, takes_several_lists_and_incomplete_ones) {
    World world(testing::classic_genesis());
    testing::mint(*world.chain, 1, 3);
    const auto key = [](uint64_t id) { return *crypto::public_key(testing::node_key(id)); };
    const auto blocks = blocks_of(*world.chain);
    const auto verdict = [&](const MemberList& list) {
        SealAudit book(world.genesis.config, list);
        for (const types::Block& block : blocks) {
            book.learn(block.header);
        }
        return book.judge(blocks[2].header, false).verdict;
    };
    EXPECT_EQ(verdict({.nodes = {{1, key(5)}}, .complete = true}), Verdict::forged);
    EXPECT_EQ(verdict({.nodes = {{1, key(5)}}, .complete = false}), Verdict::verified);
    EXPECT_EQ(verdict({.nodes = {{1, key(5)}, {1, key(1)}}, .complete = true}), Verdict::verified);
}

TEST(SealAudit, finds_the_minters_of_a_real_chain) {
    const std::string folder = std::string(OTENTO_SHARED_DIR) + "/vectors/quorum24-chain-a";
    simdjson::dom::parser parser;
    simdjson::dom::element facts;
    if (parser.load(folder + "/facts.json").get(facts) != simdjson::SUCCESS) {
        GTEST_SKIP() << "no " << folder;
    }
    std::vector<types::Block> blocks;
    const std::string content = testing::gunzip(folder + "/chain.rlp.gz");
    for (const Bytes& encoded : testing::split_blocks(bytes_of(content))) {
        blocks.push_back(types::decode_block(encoded, {.quorum_private = true}).value());
    }
    types::ChainConfig config;
    config.rule_set = types::RuleSet::classic;
    std::vector<crypto::PublicKey> members;
    const auto list = config::read_text_file(folder + "/identity/static-nodes.json");
    ASSERT_TRUE(list);
    const auto nodes = config::parse_static_nodes(*list);
    ASSERT_TRUE(nodes);
    for (const auto& node : *nodes) {
        members.push_back(node.node_id);
    }
    for (const auto& names : {std::vector<crypto::PublicKey>{}, members}) {
        std::map<uint64_t, uint64_t> minted;
        for (const BlockAudit& block : audit(config, names, blocks)) {
            const auto fact = facts["blocks"].at(block.number);
            EXPECT_EQ(block.verdict, Verdict::verified) << block.number << " " << block.why;
            EXPECT_EQ(block.raft_id, uint64_t{fact["minterRaftId"].get_uint64()});
            ASSERT_TRUE(block.node);
            EXPECT_EQ(*block.node, members[block.raft_id - 1]);
            const auto& header = blocks[block.number].header;
            EXPECT_EQ(to_hex0x(consensus::classic_seal_hash(header, header.logs_bloom)),
                      std::string_view(fact["sealHash"].get_string()));
            ++minted[block.raft_id];
        }
        EXPECT_EQ(minted, (std::map<uint64_t, uint64_t>{{1, 77}, {2, 41}, {3, 102}, {4, 121}}));
    }
}

}  // namespace
}  // namespace otento::migrate
