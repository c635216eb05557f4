#include <otento/evm/testing/bench_vector.hpp>

#include <otento/base/hex.hpp>

#include <simdjson.h>

namespace otento::evm::testing {
namespace {

using simdjson::dom::element;

std::string_view text(const element& e, const char* key) {
    return e[key].get_string().value();
}

uint256 number(std::string_view digits) {
    return uint256::parse(digits).value();
}

Hash word(std::string_view hex) {
    return number(hex).to_be();
}

Bytes bytes(std::string_view hex) {
    return from_hex(hex).value();
}

Address address(std::string_view hex) {
    return fixed_from_hex<20>(hex).value();
}

uint64_t integer(const element& e) {
    return e.is_string() ? number(e.get_string().value()).low64() : e.get_uint64().value();
}

BenchVector::Account parse_account(const element& e) {
    BenchVector::Account out;
    out.balance = number(text(e, "balance"));
    out.nonce = integer(e["nonce"].value());
    element field;
    if (e["code"].get(field) == simdjson::SUCCESS) {
        out.code = bytes(field.get_string().value());
    }
    if (e["storage"].get(field) == simdjson::SUCCESS) {
        const simdjson::dom::object slots = field.get_object().value();
        for (const auto& [key, value] : slots) {
            out.storage.emplace_back(word(key), word(value.get_string().value()));
        }
    }
    return out;
}

BenchExpectation parse_expectation(const element& e) {
    BenchExpectation out;
    out.status = std::string{text(e, "status")};
    out.gas_used = integer(e["gas_used"].value());
    out.refund = e["refund"].get_int64().value();
    out.output = bytes(text(e, "output"));
    out.logs = integer(e["logs"].value());
    out.logs_hash = fixed_from_hex<32>(text(e, "logs_hash")).value();
    return out;
}

BenchVector parse_vector(const element& e) {
    BenchVector out;
    out.name = std::string{text(e, "name")};
    const element env = e["env"].value();
    out.context.number = number(text(env, "number")).low64();
    out.context.timestamp = number(text(env, "timestamp")).low64();
    out.context.gas_limit = number(text(env, "gas_limit")).low64();
    out.context.coinbase = address(text(env, "coinbase"));
    out.context.base_fee = number(text(env, "base_fee"));
    out.context.prev_randao = word(text(env, "prevrandao"));
    out.context.chain_id = number(text(env, "chain_id")).low64();
    const simdjson::dom::object pre = e["pre"].get_object().value();
    for (const auto& [key, value] : pre) {
        out.pre.emplace(address(key), parse_account(value));
    }
    const element call = e["call"].value();
    out.from = address(text(call, "from"));
    out.to = address(text(call, "to"));
    out.value = number(text(call, "value"));
    out.gas = number(text(call, "gas")).low64();
    out.data = bytes(text(call, "data"));
    out.context.origin = out.from;
    const simdjson::dom::object expectations = e["expect"].get_object().value();
    for (const auto& [key, value] : expectations) {
        out.expect.emplace(fork_from_name(key).value(), parse_expectation(value));
    }
    return out;
}

}  // namespace

void BenchVector::build(MemoryHost& host) const {
    host.context = context;
    for (const auto& [at, account] : pre) {
        host.make_contract(at, account.code, account.balance).nonce = account.nonce;
        for (const auto& [slot, word_at_start] : account.storage) {
            host.put_storage(at, slot, word_at_start);
        }
    }
}

Message BenchVector::begin(MemoryHost& host, Fork fork) const {
    if (fork >= Fork::berlin) {
        host.access_account(from);
        host.access_account(to);
        for (const Address& precompile : precompile_addresses(fork)) {
            host.access_account(precompile);
        }
        if (fork >= Fork::shanghai) {
            host.access_account(context.coinbase);
        }
    }
    Message message;
    message.gas = gas;
    message.sender = from;
    message.recipient = to;
    message.code_address = to;
    message.value = value;
    message.input = data;
    return message;
}

std::string BenchVector::judge(const MemoryHost& host, Fork fork, const CallResult& result) const {
    const BenchExpectation& wanted = expect.at(fork);
    std::string out;
    const auto differs = [&out](std::string_view what, const std::string& got) {
        out += " " + std::string{what} + " " + got;
    };
    if (to_string(result.status) != wanted.status) {
        differs("status", std::string{to_string(result.status)});
    }
    if (gas - result.gas_left != wanted.gas_used) {
        differs("gas_used", std::to_string(gas - result.gas_left));
    }
    if (host.refund() != wanted.refund) {
        differs("refund", std::to_string(host.refund()));
    }
    if (result.output != wanted.output) {
        differs("output", to_hex(result.output));
    }
    if (host.logs().size() != wanted.logs || host.logs_hash() != wanted.logs_hash) {
        differs("logs", std::to_string(host.logs().size()));
    }
    return out;
}

std::vector<BenchVector> load_bench_vectors(const std::string& path) {
    simdjson::dom::parser parser;
    const element document = parser.load(path).value();
    std::vector<BenchVector> out;
    const simdjson::dom::array vectors = document.get_array().value();
    for (const element e : vectors) {
        out.push_back(parse_vector(e));
    }
    return out;
}

}  // namespace otento::evm::testing
