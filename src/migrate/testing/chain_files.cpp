#include <otento/migrate/testing/chain_files.hpp>

#include <otento/config/genesis.hpp>
#include <otento/consensus/classic_seal.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace otento::migrate::testing {

World::World(const std::string& genesis_file) : World(*config::load_genesis(genesis_file)) {}

World::World(types::Genesis genesis_in) : genesis(std::move(genesis_in)) {
    chain = chain::testing::open_chain(folder.path("chain"), genesis);
}

void World::reopen() {
    chain.reset();
    chain = chain::testing::open_chain(folder.path("chain"), genesis);
}

Result<ImportReport, ImportFailure> World::import(const std::vector<std::string>& files,
                                                  ImportOptions options) {
    InlineExecutor executor;
    SystemClock clock;
    options.files = files;
    options.rules_found = [this](const types::ChainConfig& config,
                                 const std::string& what) -> Result<void, std::string> {
        found.push_back(what);
        genesis.config = config;
        return {};
    };
    return import_files(*chain, executor, clock, options);
}

types::Genesis classic_genesis() {
    types::Genesis out;
    out.config.chain_id = 1337;
    out.config.rule_set = types::RuleSet::classic;
    auto& forks = out.config.forks;
    for (auto* fork : {&forks.homestead_block, &forks.eip150_block, &forks.eip155_block,
                       &forks.eip158_block, &forks.byzantium_block}) {
        *fork = 0;
    }
    out.gas_limit = 0xE0000000;
    for (uint8_t i = 1; i < 10; ++i) {
        out.alloc[chain::testing::key(i).address].balance =
            uint256{1000} * uint256{1'000'000'000'000'000'000};
    }
    return out;
}

Hash node_key(uint64_t raft_id) {
    Hash out;
    out[0] = 0x11;
    store_be(out.data() + 24, raft_id);
    return out;
}

void mint_block(chain::Chain& chain, uint64_t raft_id,
                std::deque<execution::Candidate> candidates) {
    constexpr uint64_t START_NS = 1'700'000'000'000'000'000;
    const uint64_t number = chain.head_number() + 1;
    chain::testing::ListSource source(std::move(candidates));
    chain::BuildRequest request;
    request.header.timestamp = START_NS + number * 50'000'000;
    request.source = &source;
    request.seal = [&](types::Header& header) {
        consensus::seal_classic_header(header, raft_id, node_key(raft_id), false);
    };
    const auto block = chain.build(nullptr, request);
    ASSERT_TRUE(block.has_value() && *block != nullptr);
    ASSERT_TRUE(chain.commit(*block, 0));
}

void mint(chain::Chain& chain, uint64_t raft_id, unsigned blocks, unsigned transfers_each) {
    for (unsigned i = 0; i < blocks; ++i) {
        const uint64_t number = chain.head_number() + 1;
        const auto from = chain::testing::key(static_cast<uint8_t>(1 + number % 9));
        uint64_t nonce = 0;
        if (const auto account = chain.state(nullptr)->account(from.address)) {
            nonce = account->nonce;
        }
        std::deque<execution::Candidate> candidates;
        for (unsigned t = 0; t < transfers_each; ++t) {
            Address to;
            store_be(to.data() + 12, number * 1000 + t);
            candidates.push_back(chain::testing::transfer(from, nonce + t, to, number));
        }
        mint_block(chain, raft_id, std::move(candidates));
    }
}

Bytes chain_file(const chain::Chain& chain) {
    Bytes out;
    const auto view = chain.view();
    for (uint64_t number = 0; number <= view->head_number(); ++number) {
        append(out, types::encode_block(*view->block(number)->block));
    }
    return out;
}

std::string gunzip(const std::string& path) {
    const std::string command = "gzip -dc '" + path + "'";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"),
                                                               &pclose);
    std::string out;
    std::array<char, 65536> part{};
    while (const size_t got = std::fread(part.data(), 1, part.size(), pipe.get())) {
        out.append(part.data(), got);
    }
    return out;
}

void write_file(const std::string& path, BytesView content) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
    ASSERT_TRUE(out.good());
}

Bytes read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

std::vector<Bytes> split_blocks(BytesView content) {
    std::vector<Bytes> out;
    rlp::Reader reader(content);
    while (!reader.at_end()) {
        const auto item = reader.read_raw();
        if (!item) {
            break;
        }
        out.push_back(to_bytes(*item));
    }
    return out;
}

Bytes join_blocks(const std::vector<Bytes>& blocks) {
    Bytes out;
    for (const Bytes& block : blocks) {
        append(out, block);
    }
    return out;
}

}  // namespace otento::migrate::testing
