#include <otento/chain/testing/fixture.hpp>

#include <otento/crypto/secp256k1.hpp>

#include <fmt/core.h>
#include <unistd.h>

#include <atomic>

namespace otento::chain::testing {

TempFolder::TempFolder() {
    static std::atomic<unsigned> next{0};
    root_ = std::filesystem::temp_directory_path() /
            fmt::format("otento-chain-{}-{}", getpid(), next++);
    std::filesystem::create_directories(root_);
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

Key key(uint8_t number) {
    Key out;
    out.secret[31] = number;
    out.secret[0] = 1;
    out.address = crypto::address_of(*crypto::public_key(out.secret));
    return out;
}

types::Genesis genesis() {
    types::Genesis out;
    out.config.chain_id = 1337;
    auto& forks = out.config.forks;
    for (auto* fork :
         {&forks.homestead_block, &forks.eip150_block, &forks.eip155_block, &forks.eip158_block,
          &forks.byzantium_block, &forks.constantinople_block, &forks.petersburg_block,
          &forks.istanbul_block, &forks.berlin_block, &forks.london_block, &forks.paris_block,
          &forks.shanghai_time, &forks.cancun_time, &forks.prague_time, &forks.osaka_time}) {
        *fork = 0;
    }
    out.gas_limit = 30'000'000;
    for (uint8_t i = 1; i < 10; ++i) {
        out.alloc[key(i).address].balance = uint256{1000} * uint256{1'000'000'000'000'000'000};
    }
    return out;
}

execution::Candidate signed_candidate(types::Transaction tx, const Key& from) {
    types::sign(tx, from.secret);
    execution::Candidate out;
    out.hash = types::transaction_hash(tx);
    out.sender = from.address;
    out.encoded_size = types::encode_transaction(tx).size();
    out.tx = std::make_shared<const types::Transaction>(std::move(tx));
    return out;
}

execution::Candidate transfer(const Key& from, uint64_t nonce, const Address& to,
                              const uint256& wei) {
    types::Transaction tx;
    tx.chain_id = 1337;
    tx.nonce = nonce;
    tx.gas_limit = 21'000;
    tx.to = to;
    tx.value = wei;
    return signed_candidate(std::move(tx), from);
}

execution::Candidate creation(const Key& from, uint64_t nonce, Bytes init_code, uint64_t gas) {
    types::Transaction tx;
    tx.chain_id = 1337;
    tx.nonce = nonce;
    tx.gas_limit = gas;
    tx.data = std::move(init_code);
    return signed_candidate(std::move(tx), from);
}

execution::Candidate message(const Key& from, uint64_t nonce, const Address& to, Bytes data,
                             uint64_t gas) {
    types::Transaction tx;
    tx.chain_id = 1337;
    tx.nonce = nonce;
    tx.gas_limit = gas;
    tx.to = to;
    tx.data = std::move(data);
    return signed_candidate(std::move(tx), from);
}

Bytes deployer(BytesView code) {
    // PUSH1 size DUP1 PUSH1 11 PUSH0 CODECOPY PUSH0 RETURN, padded to 11 bytes by a STOP nobody
    // reaches.
    Bytes out{0x60, static_cast<uint8_t>(code.size()), 0x80, 0x60, 11, 0x5f, 0x39, 0x5f, 0xf3, 0x00,
              0x00};
    append(out, code);
    return out;
}

std::optional<execution::Candidate> ListSource::next() {
    if (candidates_.empty()) {
        return std::nullopt;
    }
    auto out = std::move(candidates_.front());
    candidates_.pop_front();
    return out;
}

void ListSource::refused(const execution::Candidate&, execution::TxError error) {
    refusals.push_back(error);
}

std::unique_ptr<Chain> open_chain(const std::string& path, const types::Genesis& genesis) {
    ChainOptions options;
    options.path = path;
    options.genesis = genesis;
    auto chain = Chain::open(options);
    ASSERT(chain.has_value());
    return *std::move(chain);
}

PendingPtr build(Chain& chain, const PendingPtr& parent,
                 std::deque<execution::Candidate> candidates, uint64_t timestamp) {
    ListSource source(std::move(candidates));
    BuildRequest request;
    request.header.timestamp = timestamp;
    request.source = &source;
    request.allow_empty = true;
    request.seal = [](Header& header) { header.extra_data = {0x5e, 0xa1}; };
    auto block = chain.build(parent, request);
    ASSERT(block.has_value());
    return *std::move(block);
}

PendingPtr replay(Chain& chain, const PendingPtr& parent, const PendingPtr& block) {
    const auto decoded = decode_and_recover(block->encoded(), chain.config());
    ASSERT(decoded.has_value());
    auto verified = chain.verify(parent, *decoded);
    ASSERT(verified.has_value());
    return *std::move(verified);
}

}  // namespace otento::chain::testing
