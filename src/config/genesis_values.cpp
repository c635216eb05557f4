#include <otento/config/genesis_values.hpp>

#include <otento/base/hex.hpp>

#include <fmt/core.h>

namespace otento::config {
Error GenesisField::error(std::string_view what) const {
    return Error{path.empty() ? std::string(what) : fmt::format("{}: {}", path, what)};
}

GenesisField GenesisField::member(size_t index) const {
    const std::string& key = value.keys[index];
    const JsonInput& inner = value.items[index];
    return {inner, path.empty() ? key : fmt::format("{}.{}", path, key)};
}

Result<void, Error> GenesisField::want_object() const {
    if (value.kind != JsonInput::Kind::object) {
        return Err(error(fmt::format("want an object, got {}", describe(value.kind))));
    }
    return {};
}

Result<uint256, Error> GenesisField::number() const {
    if (value.kind != JsonInput::Kind::number && value.kind != JsonInput::Kind::string) {
        return Err(error(fmt::format("want a number, got {}", describe(value.kind))));
    }
    if (value.kind == JsonInput::Kind::string && value.text.empty()) {
        return uint256{};
    }
    // "0x" alone is 0 in geth's HexOrDecimal too.
    const auto parsed = value.text == "0x" ? uint256{} : uint256::parse(value.text);
    if (!parsed) {
        return Err(error(
            fmt::format("\"{}\" is no decimal or 0x-prefixed number below 2^256", value.text)));
    }
    return *parsed;
}

Result<uint64_t, Error> GenesisField::number64() const {
    TRY(const auto wide, number());
    if (!wide.fits_u64()) {
        return Err(error(fmt::format("\"{}\" is above 2^64 - 1", value.text)));
    }
    return wide.low64();
}

Result<bool, Error> GenesisField::boolean() const {
    if (value.kind != JsonInput::Kind::boolean) {
        return Err(error(fmt::format("want true or false, got {}", describe(value.kind))));
    }
    return value.text == "true";
}

Result<Bytes, Error> GenesisField::data() const {
    if (value.kind != JsonInput::Kind::string) {
        return Err(error(fmt::format("want hex data, got {}", describe(value.kind))));
    }
    auto bytes =
        value.text.empty() || value.text.starts_with("0x") ? from_hex(value.text) : std::nullopt;
    if (!bytes) {
        return Err(error("want 0x and an even number of hexadecimal digits"));
    }
    return *std::move(bytes);
}

Result<Hash, Error> GenesisField::hash() const {
    const auto parsed = fixed_from_hex<32>(value.text);
    if (value.kind != JsonInput::Kind::string || !parsed) {
        return Err(error("want 32 bytes in hex"));
    }
    return *parsed;
}

Result<Address, Error> GenesisField::address() const {
    const auto parsed = fixed_from_hex<20>(value.text);
    if (value.kind != JsonInput::Kind::string || !parsed) {
        return Err(error("want an address of 20 bytes in hex"));
    }
    return *parsed;
}

std::optional<Hash> parse_slot(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
    }
    if (text.size() > 64) {
        return std::nullopt;
    }
    const std::string padded = std::string(64 - text.size(), '0') + std::string(text);
    return fixed_from_hex<32>(padded);
}

}  // namespace otento::config
