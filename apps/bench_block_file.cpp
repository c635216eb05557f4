// Loads of blocks from JSON files: a genesis, signed transactions, and what they must come to.
#include "bench_block.hpp"

#include <otento/base/hex.hpp>

#include <fmt/core.h>
#include <simdjson.h>

namespace otento::apps {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

/// Text that is no value of the wanted kind; caught in read_block_load.
struct BadField {
    std::string text;
};

Bytes bytes_at(element value) {
    const std::string_view text = value.get_string();
    auto out = from_hex(text);
    if (!out) {
        throw BadField{std::string(text)};
    }
    return *std::move(out);
}

/// A hex quantity, or a number.
uint256 quantity(element value) {
    if (value.is_uint64()) {
        return uint64_t{value};
    }
    std::string_view text = value.get_string();
    const std::string_view whole = text;
    if (text.starts_with("0x")) {
        text.remove_prefix(2);
    }
    uint256 out;
    for (const char c : text) {
        const int digit = hex_digit(c);
        if (digit < 0 || text.size() > 64) {
            throw BadField{std::string(whole)};
        }
        out = (out << 4) + uint256{static_cast<uint64_t>(digit)};
    }
    return out;
}

uint64_t number(element value) {
    const uint256 out = quantity(value);
    if (out > uint256{UINT64_MAX}) {
        throw BadField{"a number above 64 bits"};
    }
    return out.low64();
}

Hash hash_at(element value) {
    return Hash::right_aligned(bytes_at(value));
}

Address address_of(std::string_view text) {
    const auto out = fixed_from_hex<20>(text);
    if (!out) {
        throw BadField{std::string(text)};
    }
    return *out;
}

/// A field that may be absent.
template <typename Use>
void with(const object& from, std::string_view name, Use use) {
    element found;
    if (from[name].get(found) == simdjson::SUCCESS) {
        use(found);
    }
}

types::GenesisAccount account_of(const object& in) {
    types::GenesisAccount out;
    with(in, "balance", [&](element value) { out.balance = quantity(value); });
    with(in, "nonce", [&](element value) { out.nonce = number(value); });
    with(in, "code", [&](element value) { out.code = bytes_at(value); });
    with(in, "storage", [&](element value) {
        for (const auto field : value.get_object()) {
            const auto key = from_hex(field.key);
            if (!key || key->size() > Hash::SIZE) {
                throw BadField{std::string(field.key)};
            }
            out.storage[Hash::right_aligned(*key)] = hash_at(field.value);
        }
    });
    return out;
}

types::Genesis genesis_of(const object& document) {
    types::Genesis out;
    const object env = document["env"].get_object();
    out.config.chain_id = 1;
    with(env, "chain_id", [&](element value) { out.config.chain_id = number(value); });
    with(env, "gas_limit", [&](element value) { out.gas_limit = number(value); });
    for (const auto field : document["pre"].get_object()) {
        out.alloc[address_of(field.key)] = account_of(field.value.get_object());
    }
    return out;
}

ForkExpectation expectation_of(const object& in) {
    ForkExpectation out;
    out.genesis_root = hash_at(in["genesis_root"]);
    for (const element block : in["blocks"].get_array()) {
        out.blocks.push_back({.state_root = hash_at(block["state_root"]),
                              .receipts_root = hash_at(block["receipts_root"]),
                              .transactions_root = hash_at(block["transactions_root"]),
                              .gas_used = number(block["gas_used"]),
                              .succeeded = number(block["succeeded"])});
    }
    return out;
}

BlockLoad load_of(const object& document) {
    BlockLoad out;
    out.name = std::string_view(document["name"].get_string());
    out.genesis = genesis_of(document);
    for (const element block : document["blocks"].get_array()) {
        LoadBlock& made = out.blocks.emplace_back();
        made.timestamp = number(block["timestamp"]);
        for (const element tx : block["txs"].get_array()) {
            made.transactions.push_back(bytes_at(tx["raw"]));
        }
    }
    for (const auto field : document["expect"].get_object()) {
        out.forks.emplace_back(field.key);
        out.expect[std::string(field.key)] = expectation_of(field.value.get_object());
        if (out.expect[std::string(field.key)].blocks.size() != out.blocks.size()) {
            throw BadField{fmt::format("expect.{}: as many blocks as in `blocks`", field.key)};
        }
    }
    return out;
}

}  // namespace

size_t BlockLoad::transactions() const noexcept {
    size_t out = 0;
    for (const LoadBlock& block : blocks) {
        out += block.transactions.size();
    }
    return out;
}

Result<BlockLoad, std::string> read_block_load(const std::string& path) {
    try {
        simdjson::dom::parser parser;
        return load_of(parser.load(path).get_object());
    } catch (const simdjson::simdjson_error& error) {
        return Err(fmt::format("{}: {}", path, error.what()));
    } catch (const BadField& field) {
        return Err(fmt::format("{}: not understood: {}", path, field.text));
    }
}

}  // namespace otento::apps
