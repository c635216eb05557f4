#include <otento/base/hex.hpp>
#include <otento/jsonrpc/decode.hpp>

#include <gtest/gtest.h>

namespace otento::jsonrpc {
namespace {

using namespace literals;

/// Decodes one JSON value; "!" and the cause, or what `show` makes of it.
template <typename T, typename Show>
std::string decoded(const std::string& json, Result<T, Cause> (*decoder)(Value), Show show) {
    const auto document = parse(json);
    EXPECT_TRUE(document) << json;
    const auto value = decoder(document->root());
    return value ? show(*value) : "!" + value.error().text;
}

std::string quantity64(const std::string& json) {
    return decoded(json, decode_quantity64, [](uint64_t v) { return std::to_string(v); });
}
std::string quantity(const std::string& json) {
    return decoded(json, decode_quantity, [](const uint256& v) { return v.to_quantity(); });
}
std::string data(const std::string& json) {
    return decoded(json, decode_data, [](const Bytes& v) { return to_hex(v); });
}
std::string block(const std::string& json) {
    return decoded(json, decode_block, [](const BlockParam& v) {
        return std::to_string(static_cast<int>(v.tag)) + " " + std::to_string(v.number) +
               (v.require_canonical ? " canonical" : "");
    });
}

TEST(Decode, quantities_are_strict) {
    EXPECT_EQ(quantity64(R"("0x0")"), "0");
    EXPECT_EQ(quantity64(R"("0xffffffffffffffff")"), "18446744073709551615");
    EXPECT_EQ(quantity64(R"("0xAb")"), "171");
    EXPECT_EQ(quantity64(R"("0x")"), "!hex string \"0x\"");
    EXPECT_EQ(quantity64(R"("")"), "!empty hex string");
    EXPECT_EQ(quantity64(R"("0x01")"), "!hex number with leading zero digits");
    EXPECT_EQ(quantity64(R"("1")"), "!hex string without 0x prefix");
    EXPECT_EQ(quantity64(R"("0xg")"), "!invalid hex string");
    EXPECT_EQ(quantity64(R"("0x10000000000000000")"), "!hex number > 64 bits");
    EXPECT_EQ(quantity64("1"), "!non-string");
    EXPECT_EQ(quantity(R"("0x)" + std::string(64, 'f') + "\""), "0x" + std::string(64, 'f'));
    EXPECT_EQ(quantity(R"("0x1)" + std::string(64, '0') + "\""), "!hex number > 256 bits");
}

TEST(Decode, data_has_an_even_number_of_digits) {
    EXPECT_EQ(data(R"("0x")"), "");
    EXPECT_EQ(data(R"("0x00Ff")"), "00ff");
    EXPECT_EQ(data(R"("0x1")"), "!hex string of odd length");
    EXPECT_EQ(data(R"("00")"), "!hex string without 0x prefix");
    EXPECT_EQ(data(R"("0xzz")"), "!invalid hex string");
    EXPECT_EQ(data(R"("")"), "!empty hex string");
    EXPECT_EQ(data("[]"), "!non-string");
}

TEST(Decode, hashes_and_addresses_have_their_length) {
    const auto address = [](const std::string& json) {
        return decoded(json, decode_address, [](const Address& v) { return to_hex(v); });
    };
    EXPECT_EQ(address("\"0x" + std::string(40, 'A') + "\""), std::string(40, 'a'));
    EXPECT_EQ(address("\"0x" + std::string(38, 'A') + "\""), "!hex string has length 38, want 40");
    EXPECT_EQ(address("\"0x" + std::string(42, 'A') + "\""), "!hex string has length 42, want 40");
    EXPECT_EQ(address("\"" + std::string(40, 'A') + "\""), "!hex string without 0x prefix");
    EXPECT_EQ(address("\"0x\""), "!hex string has length 0, want 40");
}

TEST(Decode, storage_keys_may_be_short) {
    const auto key = [](const std::string& json) {
        return decoded(json, decode_storage_key,
                       [](const Hash& v) { return to_hex(v).substr(60); });
    };
    EXPECT_EQ(key(R"("0x0")"), "0000");
    EXPECT_EQ(key(R"("0x123")"), "0123");
    EXPECT_EQ(key(R"("ab")"), "00ab");
    EXPECT_EQ(key("\"0x" + std::string(60, '0') + "cdef\""), "cdef");
    EXPECT_TRUE(key(R"("0xasdf")").starts_with("!"));
    EXPECT_TRUE(key("\"0x" + std::string(65, '0') + "\"").starts_with("!storage key too long"));
}

TEST(Decode, block_parameter_has_all_its_forms) {
    using Tag = BlockParam::Tag;
    const auto tag = [](Tag t, const char* rest) {
        return std::to_string(static_cast<int>(t)) + rest;
    };
    const std::string hash = "\"0x" + std::string(64, '1') + "\"";
    EXPECT_EQ(block(R"("latest")"), tag(Tag::latest, " 0"));
    EXPECT_EQ(block(R"("earliest")"), tag(Tag::earliest, " 0"));
    EXPECT_EQ(block(R"("safe")"), tag(Tag::safe, " 0"));
    EXPECT_EQ(block(R"("finalized")"), tag(Tag::finalized, " 0"));
    EXPECT_EQ(block(R"("pending")"), tag(Tag::pending, " 0"));
    EXPECT_EQ(block(R"("0x10")"), tag(Tag::number, " 16"));
    EXPECT_EQ(block(hash), tag(Tag::hash, " 0"));
    EXPECT_EQ(block(R"({"blockNumber":"0x2"})"), tag(Tag::number, " 2"));
    EXPECT_EQ(block(R"({"blockNumber":"latest"})"), tag(Tag::latest, " 0"));
    EXPECT_EQ(block("{\"blockHash\":" + hash + ",\"requireCanonical\":true}"),
              tag(Tag::hash, " 0 canonical"));
    EXPECT_EQ(block("{\"blockHash\":" + hash + ",\"blockNumber\":\"0x1\"}"),
              "!cannot specify both BlockHash and BlockNumber, choose one or the other");
    EXPECT_EQ(block("{}"), "!need either blockHash or blockNumber");
    EXPECT_EQ(block(R"("lastest")"), "!hex string without 0x prefix");
    EXPECT_EQ(block(R"("0x01")"), "!hex number with leading zero digits");
    EXPECT_EQ(block(R"("0x8000000000000000")"), "!block number larger than int64");
    EXPECT_EQ(block("5"), "!non-string");
}

}  // namespace
}  // namespace otento::jsonrpc
