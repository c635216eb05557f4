#include <otento/jsonrpc/decode.hpp>

#include <otento/base/hex.hpp>

#include <charconv>

namespace otento::jsonrpc {
namespace {

Err<Cause> cause(std::string text) {
    return Err(Cause{std::move(text)});
}

Result<std::string_view, Cause> string_of(Value value) {
    if (!value.is_string()) {
        return cause("non-string");
    }
    return value.text();
}

bool has_prefix(std::string_view text) {
    return text.starts_with("0x") || text.starts_with("0X");
}

/// The digits of a quantity: no leading zero, none but hexadecimal ones, at most `digits_max`.
Result<std::string_view, Cause> quantity_digits(std::string_view text, size_t digits_max) {
    if (text.empty()) {
        return cause("empty hex string");
    }
    if (!has_prefix(text)) {
        return cause("hex string without 0x prefix");
    }
    text.remove_prefix(2);
    if (text.empty()) {
        return cause("hex string \"0x\"");
    }
    if (text.size() > 1 && text[0] == '0') {
        return cause("hex number with leading zero digits");
    }
    for (const char c : text) {
        if (hex_digit(c) < 0) {
            return cause("invalid hex string");
        }
    }
    if (text.size() > digits_max) {
        return cause(digits_max == 16 ? "hex number > 64 bits" : "hex number > 256 bits");
    }
    return text;
}

Result<Bytes, Cause> data_from(std::string_view text) {
    if (text.empty()) {
        return cause("empty hex string");
    }
    if (!has_prefix(text)) {
        return cause("hex string without 0x prefix");
    }
    if (text.size() % 2 != 0) {
        return cause("hex string of odd length");
    }
    auto bytes = from_hex(text);
    if (!bytes) {
        return cause("invalid hex string");
    }
    return *std::move(bytes);
}

template <size_t N>
Result<FixedBytes<N>, Cause> fixed_from(std::string_view text) {
    if (text.size() > 2 * N + 2) {  // Nothing long needs decoding to be refused.
        return cause("hex string has length " + std::to_string(text.size() - 2) + ", want " +
                     std::to_string(2 * N));
    }
    TRY(const Bytes bytes, data_from(text));
    if (bytes.size() != N) {
        return cause("hex string has length " + std::to_string(2 * bytes.size()) + ", want " +
                     std::to_string(2 * N));
    }
    return FixedBytes<N>::from(bytes);
}

Result<BlockParam, Cause> block_number_from(std::string_view text) {
    using Tag = BlockParam::Tag;
    constexpr std::pair<std::string_view, Tag> NAMES[] = {
        {"latest", Tag::latest},       {"earliest", Tag::earliest}, {"safe", Tag::safe},
        {"finalized", Tag::finalized}, {"pending", Tag::pending},
    };
    for (const auto& [name, tag] : NAMES) {
        if (text == name) {
            return BlockParam{.tag = tag};
        }
    }
    TRY(const auto number, quantity64_from(text));
    if (number > INT64_MAX) {
        return cause("block number larger than int64");
    }
    return BlockParam{.tag = Tag::number, .number = number};
}

/// EIP-1898.
Result<BlockParam, Cause> block_object(Value value) {
    const auto number = value.find("blockNumber");
    const auto hash = value.find("blockHash");
    if (number && hash) {
        return cause("cannot specify both BlockHash and BlockNumber, choose one or the other");
    }
    if (number) {
        return decode_block_number(*number);
    }
    if (!hash) {
        return cause("need either blockHash or blockNumber");
    }
    BlockParam out{.tag = BlockParam::Tag::hash};
    TRY(out.hash, decode_hash(*hash));
    if (const auto canonical = value.find("requireCanonical"); canonical && !canonical->is_null()) {
        TRY(out.require_canonical, decode_bool(*canonical));
    }
    return out;
}

}  // namespace

Result<uint64_t, Cause> quantity64_from(std::string_view text) {
    TRY(const auto digits, quantity_digits(text, 16));
    uint64_t out = 0;
    for (const char c : digits) {
        out = out << 4 | static_cast<uint64_t>(hex_digit(c));
    }
    return out;
}

Result<uint64_t, Cause> decode_quantity64(Value value) {
    TRY(const auto text, string_of(value));
    return quantity64_from(text);
}

Result<uint256, Cause> decode_quantity(Value value) {
    TRY(const auto text, string_of(value));
    TRY(const auto digits, quantity_digits(text, 64));
    uint256 out;
    for (const char c : digits) {
        out = out << 4 | uint256{static_cast<uint64_t>(hex_digit(c))};
    }
    return out;
}

Result<Bytes, Cause> decode_data(Value value) {
    TRY(const auto text, string_of(value));
    return data_from(text);
}

Result<Hash, Cause> decode_hash(Value value) {
    TRY(const auto text, string_of(value));
    return fixed_from<32>(text);
}

Result<Address, Cause> decode_address(Value value) {
    TRY(const auto text, string_of(value));
    return fixed_from<20>(text);
}

Result<uint64_t, Cause> decode_number64(Value value, std::string_view wanted) {
    if (value.is_string()) {
        return decode_quantity64(value);
    }
    const std::string_view digits = value.text();
    uint64_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (value.kind() != Kind::number || error != std::errc{} ||
        end != digits.data() + digits.size()) {
        return Err(Cause{std::string(wanted)});
    }
    return out;
}

Result<std::string, Cause> decode_text(Value value) {
    if (!value.is_string()) {
        return Err(Cause{"non-string"});
    }
    return std::string(value.text());
}

Result<bool, Cause> decode_bool(Value value) {
    if (value.kind() != Kind::boolean) {
        return cause("non-boolean");
    }
    return value.text() == "true";
}

Result<Hash, Cause> decode_storage_key(Value value) {
    TRY(auto text, string_of(value));
    if (has_prefix(text)) {
        text.remove_prefix(2);
    }
    if (text.size() > 64) {
        return cause("storage key too long (want at most 32 bytes)");
    }
    const std::string padded = std::string(64 - text.size(), '0') + std::string(text);
    const auto key = fixed_from_hex<32>(padded);
    if (!key) {
        return cause("unable to decode storage key: invalid hex string");
    }
    return *key;
}

Result<Hash, Cause> hash_from(std::string_view text) {
    return fixed_from<32>(text);
}

Result<Address, Cause> address_from(std::string_view text) {
    return fixed_from<20>(text);
}

Result<BlockParam, Cause> decode_block_number(Value value) {
    TRY(const auto text, string_of(value));
    return block_number_from(text);
}

Result<BlockParam, Cause> decode_block(Value value) {
    if (value.is_object()) {
        return block_object(value);
    }
    TRY(const auto text, string_of(value));
    constexpr size_t HASH_TEXT_SIZE = 2 + 2 * Hash::SIZE;
    if (text.size() == HASH_TEXT_SIZE) {
        BlockParam out{.tag = BlockParam::Tag::hash};
        TRY(out.hash, hash_from(text));
        return out;
    }
    return block_number_from(text);
}

}  // namespace otento::jsonrpc
