// Random transactions on a small state, from validation to the state root: the plain interpreter
// and the register form must give the same verdicts, receipts and roots, and no wei comes from
// nowhere.
//
// Input: 16 bytes of world, then transactions of 24 bytes each as long as the first one says, then
// code, which two contracts, init code and call data share.
#include <otento/evm/code_cache.hpp>
#include <otento/execution/execute_transaction.hpp>
#include <otento/state/memory_state.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <cstdlib>

namespace {

using namespace otento;
using execution::TxError;
using execution::TxResult;

constexpr Address CONTRACT{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20}};
constexpr Address LIBRARY{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x21}};
constexpr Address COINBASE{{0xcb}};
constexpr uint64_t CHAIN_ID = 7;
constexpr uint64_t RICHES = 1'000'000'000'000;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Two people who sign authorizations.
struct Person {
    Hash key;
    Address address;
};
const std::array<Person, 2>& people() {
    static const std::array<Person, 2> both = [] {
        std::array<Person, 2> out;
        for (uint8_t i = 0; i < 2; ++i) {
            out[i].key = Hash{{static_cast<uint8_t>(i + 1)}};
            out[i].address = crypto::address_of(crypto::public_key(out[i].key).value());
        }
        return out;
    }();
    return both;
}

struct World {
    execution::Rules rules;
    execution::BlockContext block;
    state::MemoryState state;
};

void make_world(World& out, const uint8_t* head, BytesView code) {
    out.rules.evm.fork =
        static_cast<evm::Fork>(head[0] % (static_cast<unsigned>(evm::Fork::osaka) + 1));
    out.rules.chain_id = CHAIN_ID;
    out.rules.blob = execution::default_blob_params(out.rules.fork());
    out.rules.evm.quorum_no_touch_on_zero_value = (head[1] & 1) != 0;
    out.rules.evm.quorum_no_touch_on_staticcall = (head[1] & 2) != 0;
    out.block.coinbase = (head[1] & 4) != 0 ? CONTRACT : COINBASE;
    out.block.number = 300;
    out.block.timestamp = 5000;
    out.block.gas_limit = 1'000'000;
    out.block.base_fee = out.rules.at_least(evm::Fork::london) ? uint64_t{head[2]} & 3 : 0;
    const size_t half = code.size() / 2;
    out.state.put(CONTRACT, 1, uint64_t{head[3]}, to_bytes(code.first(half)),
                  {{Hash{}, uint256{1}.to_be()}, {uint256{1}.to_be(), uint256{head[4]}.to_be()}});
    out.state.put(LIBRARY, 1, 0, to_bytes(code.subspan(half)), {});
    for (const Person& person : people()) {
        out.state.put(person.address, uint64_t{head[5]} & 1, RICHES, {}, {});
    }
}

types::Authorization authorization_of(const uint8_t* in) {
    const Person& person = people()[in[0] & 1];
    types::Authorization out;
    out.chain_id = (in[0] & 2) != 0 ? CHAIN_ID : 0;
    out.address = (in[0] & 4) != 0 ? CONTRACT : LIBRARY;
    out.nonce = uint64_t{in[0]} >> 3 & 3;
    rlp::Writer message;
    message.begin_list().uint(out.chain_id).string(out.address).uint(out.nonce).end_list();
    Bytes signed_bytes{5};
    const Bytes encoded = message.take();
    signed_bytes.insert(signed_bytes.end(), encoded.begin(), encoded.end());
    const auto signature = crypto::sign(crypto::keccak256(signed_bytes), person.key).value();
    out.r = signature.r;
    out.s = signature.s;
    out.y_parity = signature.y_parity ? 1 : 0;
    return out;
}

/// @param in  24 bytes.
types::Transaction transaction_of(const uint8_t* in, BytesView code, uint64_t nonce) {
    types::Transaction tx;
    tx.type = static_cast<types::TxType>(in[0] % 5);
    if (tx.type == types::TxType::blob) {
        tx.type = types::TxType::dynamic_fee;
    }
    if (tx.type != types::TxType::legacy || (in[0] & 0x80) != 0) {
        tx.chain_id = CHAIN_ID;
    }
    tx.nonce = nonce + (in[1] == 0xff ? 1 : 0);
    tx.max_fee_per_gas = uint64_t{in[2]} & 7;
    tx.max_priority_fee_per_gas =
        tx.type == types::TxType::legacy || tx.type == types::TxType::access_list
            ? tx.max_fee_per_gas
            : uint64_t{in[2]} >> 5;
    tx.gas_limit = 15'000 + uint64_t{load_be<uint16_t>(in + 3)} * 4;
    switch (in[5] % 5) {
        case 0:
            break;  // A creation.
        case 1:
            tx.to = LIBRARY;
            break;
        case 2:
            tx.to = Address{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, in[6]}};
            break;
        case 3:
            tx.to = people()[in[6] & 1].address;
            break;
        default:
            tx.to = CONTRACT;
    }
    tx.value = in[7] < 0xf0 ? uint256{uint64_t{in[7]} & 3} : uint256{RICHES} * uint64_t{in[7]};
    const size_t from = std::min<size_t>(load_be<uint16_t>(in + 8) % 1024, code.size());
    tx.data = to_bytes(code.subspan(from, std::min<size_t>(in[10], code.size() - from)));
    if (tx.type != types::TxType::legacy) {
        tx.access_list.push_back({.address = CONTRACT, .storage_keys = {uint256{in[11]}.to_be()}});
    }
    if (tx.type == types::TxType::set_code) {
        tx.authorization_list = {authorization_of(in + 12), authorization_of(in + 13)};
    }
    return tx;
}

/// All that can be observed, in words that compare.
struct Observed {
    std::vector<Result<TxResult, TxError>> results;
    Hash root;
    uint256 wei;
};

/// The EVM with its big buffers stays from run to run; what it refers to is replaced in place.
class Runner {
  public:
    explicit Runner(uint64_t translate_after) : translate_after_(translate_after) {}

    Observed run(const World& world, BytesView transactions, BytesView code);

  private:
    uint64_t translate_after_;
    std::optional<state::State> state_;
    std::optional<execution::StateHost> host_;
    std::optional<evm::CodeCache> cache_;
    std::optional<evm::Evm> evm_;
};

Observed Runner::run(const World& world, BytesView transactions, BytesView code) {
    constexpr size_t TX = 24;
    state::State& state = state_.emplace(world.state);
    execution::StateHost& host = host_.emplace(state, world.rules, world.block);
    cache_.emplace(evm::CodeCache::DEFAULT_CAPACITY, translate_after_);
    if (!evm_) {
        evm_.emplace(host, world.rules.evm, nullptr, &*cache_);
    }
    evm_->set_rules(world.rules.evm);
    execution::Environment environment{
        .state = state, .host = host, .evm = *evm_, .rules = world.rules, .block = world.block};
    Observed out;
    for (; transactions.size() >= TX; transactions = transactions.subspan(TX)) {
        const Address& sender = people()[transactions[1] & 1].address;
        const types::Transaction tx =
            transaction_of(transactions.data(), code, state.nonce(sender));
        const execution::BlockRoom room{.base_fee = world.block.base_fee,
                                        .blob_base_fee = 1,
                                        .block_gas_limit = world.block.gas_limit,
                                        .gas = world.block.gas_limit,
                                        .blob_gas = 0};
        const auto validated = execution::validate_transaction(
            tx, world.rules, execution::sender_state(state, sender), room);
        if (validated) {
            out.results.emplace_back(
                execution::execute_transaction(environment, tx, sender, *validated));
            require(out.results.back()->gas_used <= tx.gas_limit);
        } else {
            out.results.emplace_back(Err(validated.error()));
        }
    }
    state::MemoryState post;
    for (const auto& [address, account] : world.state.accounts()) {
        post.put(address, account.nonce, account.balance, *account.code, account.storage);
    }
    post.apply(state.diff());
    out.root = post.state_root();
    for (const auto& [address, account] : post.accounts()) {
        out.wei += account.balance;
    }
    return out;
}

bool same(const TxResult& a, const TxResult& b) {
    return a.status == b.status && a.gas_used == b.gas_used && a.gas_peak == b.gas_peak &&
           a.output == b.output && a.created == b.created && a.logs == b.logs;
}

bool same(const Result<TxResult, TxError>& a, const Result<TxResult, TxError>& b) {
    if (a.has_value() != b.has_value()) {
        return false;
    }
    return a ? same(*a, *b) : a.error() == b.error();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr size_t HEAD = 16;
    constexpr size_t TX = 24;
    if (size < HEAD + TX) {
        return 0;
    }
    const size_t count = std::min<size_t>(1 + data[6] % 4, (size - HEAD) / TX);
    const BytesView transactions{data + HEAD, count * TX};
    const BytesView code{data + HEAD + count * TX, size - HEAD - count * TX};
    World world;
    make_world(world, data, code);
    static Runner plain_runner{UINT64_MAX >> 20};
    static Runner register_runner{0};
    const Observed plain = plain_runner.run(world, transactions, code);
    const Observed registers = register_runner.run(world, transactions, code);
    require(plain.results.size() == registers.results.size());
    for (size_t i = 0; i < plain.results.size(); ++i) {
        require(same(plain.results[i], registers.results[i]));
    }
    require(plain.root == registers.root);
    require(plain.wei <= uint256{RICHES} * 2 + uint256{data[3]});
    return 0;
}
