#include <otento/benchmarks/evm_vector.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/jsonrpc/json.hpp>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

namespace otento::benchmarks {
namespace {

using jsonrpc::Value;

/// Reads fields, and remembers the first one that is not there or malformed.
class Reader {
  public:
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

    std::optional<Value> member(Value object, std::string_view key) {
        const auto found = object.find(key);
        if (!found) {
            fail(key, "is missing");
        }
        return found;
    }

    uint256 number(Value object, std::string_view key) {
        const auto value = member(object, key);
        return value ? check(uint256::parse(value->text()), key, "is no number") : uint256{};
    }
    uint64_t number64(Value object, std::string_view key) {
        const uint256 value = number(object, key);
        if (!value.fits_u64()) {
            fail(key, "exceeds 64 bits");
        }
        return value.low64();
    }
    Bytes bytes(Value object, std::string_view key) {
        const auto value = member(object, key);
        return value ? check(from_hex(value->text()), key, "is no data") : Bytes{};
    }
    template <size_t N>
    FixedBytes<N> fixed(Value object, std::string_view key) {
        const auto value = member(object, key);
        return value ? fixed_of<N>(value->text(), key) : FixedBytes<N>{};
    }
    template <size_t N>
    FixedBytes<N> fixed_of(std::string_view text, std::string_view key) {
        return check(fixed_from_hex<N>(text), key, "has another size or no hexadecimal digits");
    }
    Hash word_of(std::string_view text, std::string_view key) {
        return check(uint256::parse(text), key, "is no number").to_be();
    }
    int64_t signed64(Value object, std::string_view key) {
        const auto value = member(object, key);
        std::string_view text = value ? value->text() : "0";
        const bool negative = text.starts_with('-');
        text.remove_prefix(negative ? 1 : 0);
        const uint256 size = check(uint256::parse(text), key, "is no number");
        if (size > uint256{static_cast<uint64_t>(std::numeric_limits<int64_t>::max())}) {
            fail(key, "exceeds 63 bits");
            return 0;
        }
        const auto magnitude = static_cast<int64_t>(size.low64());
        return negative ? -magnitude : magnitude;
    }
    std::string text(Value object, std::string_view key) {
        const auto value = member(object, key);
        return std::string{value ? value->text() : ""};
    }
    evm::Fork fork(std::string_view name, std::string_view key) {
        return check(evm::fork_from_name(name), key, "is no fork");
    }

  private:
    template <typename T>
    T check(std::optional<T> value, std::string_view key, std::string_view what) {
        if (!value) {
            fail(key, what);
        }
        return value.value_or(T{});
    }
    void fail(std::string_view key, std::string_view what) {
        if (problem_.empty()) {
            problem_ = std::string{key} + " " + std::string{what};
        }
    }

    std::string problem_;
};

void read_environment(Reader& in, Value env, EvmVector& out) {
    out.block.number = in.number64(env, "number");
    out.block.timestamp = in.number64(env, "timestamp");
    out.block.gas_limit = in.number64(env, "gas_limit");
    out.block.coinbase = in.fixed<20>(env, "coinbase");
    out.block.base_fee = in.number(env, "base_fee");
    out.block.difficulty = in.number(env, "prevrandao");
    out.block.prev_randao = out.block.difficulty.to_be();
    out.chain_id = in.number64(env, "chain_id");
}

void read_account(Reader& in, std::string_view address, Value account, state::StateDiff& out) {
    state::AccountDiff& to = out.accounts[in.fixed_of<20>(address, "pre")];
    to.nonce = in.number64(account, "nonce");
    to.balance = in.number(account, "balance");
    Bytes code = account.find("code") ? in.bytes(account, "code") : Bytes{};
    to.code_hash = crypto::keccak256(code);
    to.code = std::make_shared<const Bytes>(std::move(code));
    if (const auto storage = account.find("storage")) {
        for (auto slot = storage->begin(); slot != storage->end(); ++slot) {
            const Hash key = in.word_of(slot.key(), "storage key");
            to.storage.emplace(key, in.word_of((*slot).text(), "storage value"));
        }
    }
}

void read_call(Reader& in, Value call, EvmVector& out) {
    out.from = in.fixed<20>(call, "from");
    out.to = in.fixed<20>(call, "to");
    out.value = in.number(call, "value");
    out.gas = in.number64(call, "gas");
    out.data = in.bytes(call, "data");
}

EvmOutcome read_expectation(Reader& in, Value value) {
    EvmOutcome out;
    out.status = in.text(value, "status");
    out.gas_used = in.number64(value, "gas_used");
    out.refund = in.signed64(value, "refund");
    out.output = in.bytes(value, "output");
    out.logs = in.number64(value, "logs");
    out.logs_hash = in.fixed<32>(value, "logs_hash");
    out.state_root = in.fixed<32>(value, "state_root");
    return out;
}

EvmVector read_vector(Reader& in, Value vector) {
    EvmVector out;
    out.name = in.text(vector, "name");
    out.min_fork = in.fork(in.text(vector, "min_fork"), "min_fork");
    if (const auto env = in.member(vector, "env")) {
        read_environment(in, *env, out);
    }
    if (const auto pre = in.member(vector, "pre")) {
        for (auto account = pre->begin(); account != pre->end(); ++account) {
            read_account(in, account.key(), *account, out.pre);
        }
    }
    if (const auto call = in.member(vector, "call")) {
        read_call(in, *call, out);
    }
    if (const auto expect = vector.find("expect")) {
        for (auto entry = expect->begin(); entry != expect->end(); ++entry) {
            // A fork that came after this program says nothing to us.
            if (const auto fork = evm::fork_from_name(entry.key())) {
                out.expect.emplace(*fork, read_expectation(in, *entry));
            }
        }
    }
    return out;
}

/// Engines spell their statuses differently; `failure` is every exceptional halt.
bool same_status(std::string_view expected, std::string_view got) noexcept {
    if (expected == "failure") {
        return got != "success" && got != "revert";
    }
    return expected.size() == got.size() && std::ranges::equal(expected, got, [](char a, char b) {
               return a == b || (a == '_' && b == ' ');
           });
}

}  // namespace

Result<std::vector<EvmVector>, std::string> parse_evm_vectors(std::string json) {
    constexpr jsonrpc::ParseLimits LIMITS{
        .depth_max = 16, .values_max = 1u << 24, .bytes_max = size_t{1} << 30};
    const auto document = jsonrpc::parse(std::move(json), LIMITS);
    if (!document) {
        return Err(std::string{jsonrpc::to_string(document.error())});
    }
    if (!document->root().is_array()) {
        return Err(std::string{"no array of vectors"});
    }
    std::vector<EvmVector> out;
    for (const Value vector : document->root()) {
        Reader in;
        out.push_back(read_vector(in, vector));
        if (!in.problem().empty()) {
            return Err("vector " + std::to_string(out.size() - 1) + " (" + out.back().name +
                       "): " + in.problem());
        }
    }
    return out;
}

Result<std::vector<EvmVector>, std::string> load_evm_vectors(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf())) {
        return Err(path + ": cannot be read");
    }
    auto vectors = parse_evm_vectors(std::move(content).str());
    if (!vectors) {
        return Err(path + ": " + vectors.error());
    }
    return vectors;
}

std::string difference(const EvmOutcome& expected, const EvmOutcome& got) {
    std::string out;
    const auto check = [&out](bool same, std::string_view field) {
        if (!same) {
            out.append(" ").append(field);
        }
    };
    check(same_status(expected.status, got.status), "status");
    check(expected.gas_used == got.gas_used, "gas_used");
    check(expected.refund == got.refund, "refund");
    check(expected.output == got.output, "output");
    check(expected.logs == got.logs, "logs");
    check(expected.logs_hash == got.logs_hash, "logs_hash");
    check(expected.state_root == got.state_root, "state_root");
    return out;
}

}  // namespace otento::benchmarks
