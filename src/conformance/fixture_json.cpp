// Fixture files by simdjson. The vectors are friendly but untidy: padded numbers, odd hex digits,
// missing prefixes, and numbers too big on purpose.
#include <otento/base/hex.hpp>
#include <otento/conformance/fixture.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <simdjson.h>

#include <stdexcept>

namespace otento::conformance {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

[[noreturn]] void malformed(std::string_view what, std::string_view text) {
    throw std::runtime_error(std::string(what) + ": " + std::string(text.substr(0, 80)));
}

[[nodiscard]] std::string_view without_prefix(std::string_view text) {
    return text.starts_with("0x") ? text.substr(2) : text;
}

[[nodiscard]] Bytes bytes(std::string_view text) {
    auto out = from_hex(text);
    if (!out) {
        malformed("bytes", text);
    }
    return *std::move(out);
}

/// Bytes or a number of any padding, as a word. Empty if it has more than 256 bits.
[[nodiscard]] std::optional<uint256> maybe_number(std::string_view text) {
    if (!text.starts_with("0x")) {
        return text.starts_with("0X") ? std::nullopt : uint256::parse(text.empty() ? "0" : text);
    }
    if (text.find(':') != std::string_view::npos) {  // "0x1:bigint 0x…" marks one that is too big.
        return std::nullopt;
    }
    std::string_view digits = without_prefix(text);
    while (digits.size() > 1 && digits.front() == '0') {
        digits.remove_prefix(1);
    }
    return digits.empty() ? uint256{} : uint256::parse("0x" + std::string(digits));
}

[[nodiscard]] uint256 number(std::string_view text) {
    const auto value = maybe_number(text);
    if (!value) {
        malformed("number", text);
    }
    return *value;
}

[[nodiscard]] std::optional<uint64_t> maybe_u64(std::string_view text) {
    const auto value = maybe_number(text);
    return value && value->fits_u64() ? std::optional{value->low64()} : std::nullopt;
}

[[nodiscard]] uint64_t u64(std::string_view text) {
    const auto value = maybe_u64(text);
    if (!value) {
        malformed("64-bit number", text);
    }
    return *value;
}

template <size_t N>
[[nodiscard]] FixedBytes<N> fixed(std::string_view text) {
    const Bytes raw = bytes(text);
    if (raw.size() != N) {
        malformed("bytes of fixed size", text);
    }
    return FixedBytes<N>::from(raw);
}

/// A word written as bytes of any length up to 32.
[[nodiscard]] Hash word(std::string_view text) {
    return number(text).to_be();
}

[[nodiscard]] std::string_view text(object from, std::string_view key) {
    return from[key].get_string();
}

[[nodiscard]] std::optional<std::string_view> maybe_text(object from, std::string_view key) {
    std::string_view out;
    return from[key].get_string().get(out) == simdjson::SUCCESS ? std::optional{out} : std::nullopt;
}

[[nodiscard]] std::optional<element> maybe(object from, std::string_view key) {
    element out;
    return from[key].get(out) == simdjson::SUCCESS && !out.is_null() ? std::optional{out}
                                                                     : std::nullopt;
}

[[nodiscard]] Accounts accounts(object from) {
    Accounts out;
    for (const auto& [key, value] : from) {
        const object fields = value.get_object();
        state::AccountDiff account;
        account.storage_cleared = true;
        account.nonce = u64(text(fields, "nonce"));
        account.balance = number(text(fields, "balance"));
        Bytes code = bytes(text(fields, "code"));
        account.code_hash = crypto::keccak256(code);
        account.code = std::make_shared<const Bytes>(std::move(code));
        for (const auto& [slot, content] : fields["storage"].get_object()) {
            const Hash stored = word(content.get_string());
            if (!stored.is_zero()) {
                account.storage.emplace(word(slot), stored);
            }
        }
        out.accounts.emplace(fixed<20>(key), std::move(account));
    }
    return out;
}

[[nodiscard]] types::AccessList access_list(array from) {
    types::AccessList out;
    for (const element item : from) {
        const object fields = item.get_object();
        types::AccessListEntry entry;
        entry.address = fixed<20>(text(fields, "address"));
        for (const element key : fields["storageKeys"].get_array()) {
            entry.storage_keys.push_back(word(key.get_string()));
        }
        out.push_back(std::move(entry));
    }
    return out;
}

/// Numbers that do not fit make the whole authorization unrepresentable.
[[nodiscard]] bool add_authorization(object fields, std::vector<types::Authorization>& out) {
    types::Authorization authorization;
    const auto chain_id = maybe_number(text(fields, "chainId"));
    const auto nonce = maybe_u64(text(fields, "nonce"));
    const auto parity = maybe_number(maybe_text(fields, "yParity").value_or(text(fields, "v")));
    const auto r = maybe_number(text(fields, "r"));
    const auto s = maybe_number(text(fields, "s"));
    if (!chain_id || !nonce || !parity || !r || !s) {
        return false;
    }
    authorization.chain_id = *chain_id;
    authorization.address = fixed<20>(text(fields, "address"));
    authorization.nonce = *nonce;
    authorization.y_parity = *parity;
    authorization.r = *r;
    authorization.s = *s;
    out.push_back(authorization);
    return true;
}

void read_prices(object from, TransactionTemplate& out) {
    types::Transaction& tx = out.fixed;
    const auto price_of = [&](std::string_view key) {
        const auto value = maybe_text(from, key);
        const auto price = value ? maybe_number(*value) : std::optional{uint256{}};
        out.representable = out.representable && price.has_value();
        return price.value_or(uint256{});
    };
    if (maybe(from, "maxFeePerGas")) {
        tx.max_fee_per_gas = price_of("maxFeePerGas");
        tx.max_priority_fee_per_gas = price_of("maxPriorityFeePerGas");
    } else {
        tx.max_fee_per_gas = tx.max_priority_fee_per_gas = price_of("gasPrice");
    }
    tx.max_fee_per_blob_gas = price_of("maxFeePerBlobGas");
}

void read_type(object from, TransactionTemplate& out) {
    types::Transaction& tx = out.fixed;
    if (maybe(from, "maxFeePerGas")) {
        tx.type = types::TxType::dynamic_fee;
    }
    if (const auto hashes = maybe(from, "blobVersionedHashes")) {
        tx.type = types::TxType::blob;
        for (const element hash : hashes->get_array()) {
            tx.blob_versioned_hashes.push_back(fixed<32>(hash.get_string()));
        }
    }
    if (const auto list = maybe(from, "authorizationList")) {
        tx.type = types::TxType::set_code;
        for (const element item : list->get_array()) {
            out.representable =
                add_authorization(item.get_object(), tx.authorization_list) && out.representable;
        }
    }
}

[[nodiscard]] TransactionTemplate transaction(object from) {
    TransactionTemplate out;
    const auto nonce = maybe_u64(text(from, "nonce"));
    out.representable = nonce.has_value();
    out.fixed.nonce = nonce.value_or(0);
    read_prices(from, out);
    read_type(from, out);
    if (const auto to = text(from, "to"); !to.empty()) {
        out.fixed.to = fixed<20>(to);
    }
    for (const element data : from["data"].get_array()) {
        out.data.push_back(bytes(data.get_string()));
    }
    for (const element gas : from["gasLimit"].get_array()) {
        out.gas_limits.push_back(maybe_u64(gas.get_string()));
    }
    for (const element value : from["value"].get_array()) {
        out.values.push_back(maybe_number(value.get_string()));
    }
    if (const auto lists = maybe(from, "accessLists")) {
        for (const element list : lists->get_array()) {
            out.access_lists.push_back(
                list.is_null() ? std::nullopt : std::optional{access_list(list.get_array())});
        }
    }
    if (const auto sender = maybe_text(from, "sender")) {
        out.sender = fixed<20>(*sender);
    } else {
        const auto key = crypto::public_key(word(text(from, "secretKey")));
        if (!key) {
            malformed("secretKey", text(from, "secretKey"));
        }
        out.sender = crypto::address_of(*key);
    }
    return out;
}

[[nodiscard]] StateExpectation expectation(std::string_view fork, object from) {
    StateExpectation out;
    out.fork = fork;
    out.root = fixed<32>(text(from, "hash"));
    out.logs_hash = fixed<32>(text(from, "logs"));
    const object indexes = from["indexes"].get_object();
    out.data = indexes["data"].get_uint64();
    out.gas = indexes["gas"].get_uint64();
    out.value = indexes["value"].get_uint64();
    if (const auto encoded = maybe_text(from, "txbytes")) {
        out.tx_bytes = bytes(*encoded);
    }
    out.exception = maybe_text(from, "expectException").value_or("");
    if (const auto state = maybe(from, "state")) {
        out.accounts = accounts(state->get_object());
    }
    return out;
}

void read_environment(object env, StateFixture& out) {
    execution::BlockContext& block = out.block;
    block.coinbase = fixed<20>(text(env, "currentCoinbase"));
    block.number = u64(text(env, "currentNumber"));
    block.timestamp = u64(text(env, "currentTimestamp"));
    block.gas_limit = number(text(env, "currentGasLimit")).saturate_u64();
    block.difficulty = number(maybe_text(env, "currentDifficulty").value_or("0x0"));
    block.prev_randao = word(maybe_text(env, "currentRandom").value_or("0x0"));
    const auto base_fee = maybe_text(env, "currentBaseFee");
    out.base_fee_given = base_fee.has_value();
    block.base_fee = number(base_fee.value_or("0x0a"));
    out.excess_blob_gas = u64(maybe_text(env, "currentExcessBlobGas").value_or("0x0"));
    if (const auto excess = maybe_text(env, "parentExcessBlobGas");
        excess && !maybe(env, "currentExcessBlobGas")) {
        out.parent_blob_gas = {u64(*excess),
                               u64(maybe_text(env, "parentBlobGasUsed").value_or("0x0"))};
    }
    if (const auto hashes = maybe(env, "blockHashes")) {
        for (const auto& [key, value] : hashes->get_object()) {
            out.block_hashes.emplace(u64(key), fixed<32>(value.get_string()));
        }
    }
}

void read_config(object test, uint64_t& chain_id, BlobSchedule& schedule) {
    const auto config = maybe(test, "config");
    if (!config) {
        return;
    }
    const object fields = config->get_object();
    if (const auto id = maybe_text(fields, "chainid")) {
        chain_id = u64(*id);
    }
    if (const auto blobs = maybe(fields, "blobSchedule")) {
        for (const auto& [fork, value] : blobs->get_object()) {
            const object params = value.get_object();
            schedule.emplace(
                fork,
                types::BlobParams{.target = u64(text(params, "target")),
                                  .max = u64(text(params, "max")),
                                  .update_fraction = u64(text(params, "baseFeeUpdateFraction"))});
        }
    }
}

[[nodiscard]] StateFixture state_fixture(std::string_view name, object test) {
    StateFixture out;
    out.name = name;
    read_environment(test["env"].get_object(), out);
    read_config(test, out.chain_id, out.blob_schedule);
    out.pre = accounts(test["pre"].get_object());
    out.transaction = transaction(test["transaction"].get_object());
    for (const auto& [fork, list] : test["post"].get_object()) {
        for (const element item : list.get_array()) {
            out.expectations.push_back(expectation(fork, item.get_object()));
        }
    }
    return out;
}

template <typename T, typename Convert>
void read_optional(object from, std::string_view key, std::optional<T>& out, Convert convert) {
    if (const auto value = maybe_text(from, key)) {
        out = convert(*value);
    }
}

[[nodiscard]] types::Header header(object from) {
    types::Header out;
    out.parent_hash = fixed<32>(text(from, "parentHash"));
    out.ommers_hash = fixed<32>(text(from, "uncleHash"));
    out.coinbase = fixed<20>(text(from, "coinbase"));
    out.state_root = fixed<32>(text(from, "stateRoot"));
    out.transactions_root = fixed<32>(text(from, "transactionsTrie"));
    out.receipts_root = fixed<32>(text(from, "receiptTrie"));
    out.logs_bloom = fixed<256>(text(from, "bloom"));
    out.difficulty = number(text(from, "difficulty"));
    out.number = u64(text(from, "number"));
    out.gas_limit = u64(text(from, "gasLimit"));
    out.gas_used = u64(text(from, "gasUsed"));
    out.timestamp = u64(text(from, "timestamp"));
    out.extra_data = bytes(text(from, "extraData"));
    out.prev_randao = fixed<32>(text(from, "mixHash"));
    out.nonce = fixed<8>(text(from, "nonce"));
    read_optional(from, "baseFeePerGas", out.base_fee_per_gas, number);
    read_optional(from, "withdrawalsRoot", out.withdrawals_root, fixed<32>);
    read_optional(from, "blobGasUsed", out.blob_gas_used, u64);
    read_optional(from, "excessBlobGas", out.excess_blob_gas, u64);
    read_optional(from, "parentBeaconBlockRoot", out.parent_beacon_block_root, fixed<32>);
    read_optional(from, "requestsHash", out.requests_hash, fixed<32>);
    return out;
}

[[nodiscard]] BlockExpectation block_expectation(object from) {
    BlockExpectation out;
    out.rlp = bytes(text(from, "rlp"));
    for (const auto& [key, value] : from) {
        if (key.starts_with("expectException")) {
            out.exception = std::string(std::string_view(value.get_string()));
        }
    }
    // In the Constantinople snapshot an invalid block is one without header.
    if (!out.exception && !maybe(from, "blockHeader")) {
        out.exception = "unnamed";
    }
    return out;
}

[[nodiscard]] BlockFixture block_fixture(std::string_view name, object test) {
    BlockFixture out;
    out.name = name;
    out.network = std::string(text(test, "network"));
    read_config(test, out.chain_id, out.blob_schedule);
    if (const auto genesis = maybe_text(test, "genesisRLP")) {
        out.genesis_rlp = bytes(*genesis);
    }
    out.genesis_header = header(test["genesisBlockHeader"].get_object());
    out.pre = accounts(test["pre"].get_object());
    for (const element block : test["blocks"].get_array()) {
        out.blocks.push_back(block_expectation(block.get_object()));
    }
    out.last_block_hash = fixed<32>(text(test, "lastblockhash"));
    if (const auto post = maybe(test, "postState")) {
        out.post = accounts(post->get_object());
    }
    if (const auto root = maybe_text(test, "postStateHash")) {
        out.post_root = fixed<32>(*root);
    }
    return out;
}

}  // namespace

Result<FixtureFile, std::string> parse_fixtures(std::string_view json) {
    thread_local simdjson::dom::parser parser;
    FixtureFile out;
    std::string place = "document";
    try {
        const object tests = parser.parse(json.data(), json.size()).get_object();
        for (const auto& [name, value] : tests) {
            place = name;
            const object test = value.get_object();
            if (maybe(test, "blocks")) {
                out.chains.push_back(block_fixture(name, test));
            } else if (maybe(test, "post") && maybe(test, "transaction")) {
                out.states.push_back(state_fixture(name, test));
            } else {
                ++out.others;
            }
        }
    } catch (const std::exception& error) {
        return Err(place + ": " + error.what());
    }
    return out;
}

}  // namespace otento::conformance
