#include <otento/base/rlp.hpp>

#include <otento/base/hex.hpp>

#include <gtest/gtest.h>

namespace otento::rlp {
namespace {

using namespace literals;

TEST(Rlp, writes_the_examples_of_the_yellow_paper) {
    EXPECT_EQ(Writer().string(bytes_of("dog")).take(), "83646f67"_hex);
    EXPECT_EQ(
        Writer().begin_list().string(bytes_of("cat")).string(bytes_of("dog")).end_list().take(),
        "c88363617483646f67"_hex);
    EXPECT_EQ(Writer().string({}).take(), "80"_hex);
    EXPECT_EQ(Writer().begin_list().end_list().take(), "c0"_hex);
    EXPECT_EQ(Writer().uint(uint64_t{0}).take(), "80"_hex);
    EXPECT_EQ(Writer().uint(uint64_t{15}).take(), "0f"_hex);
    EXPECT_EQ(Writer().uint(uint64_t{1024}).take(), "820400"_hex);
    EXPECT_EQ(Writer().uint(uint256{1024}).take(), "820400"_hex);
}

TEST(Rlp, long_string_and_list_headers) {
    const Bytes long_string(1024, 0x61);
    const Bytes encoded = Writer().begin_list().string(long_string).end_list().take();
    EXPECT_EQ(encoded[0], 0xf9);
    Reader reader(encoded);
    auto list = reader.read_list();
    ASSERT_TRUE(list);
    auto item = list->read_string();
    ASSERT_TRUE(item);
    EXPECT_TRUE(equal(*item, long_string));
    EXPECT_TRUE(list->finish());
    EXPECT_TRUE(reader.finish());
}

TEST(Rlp, refuses_non_canonical_input) {
    const auto string_error = [](const Bytes& in) { return Reader(in).read_string().error(); };
    EXPECT_EQ(string_error("8100"_hex), Error::non_canonical_size);    // single byte in long form
    EXPECT_EQ(string_error("b800"_hex), Error::non_canonical_size);    // size with leading zero
    EXPECT_EQ(string_error("b801ff"_hex), Error::non_canonical_size);  // short size in long form
    EXPECT_EQ(string_error("83646f"_hex), Error::input_too_short);
    EXPECT_EQ(string_error("bfffffffffffffffff"_hex), Error::input_too_short);
    EXPECT_EQ(string_error("c0"_hex), Error::unexpected_list);
    EXPECT_EQ(string_error(Bytes{}), Error::input_too_short);
    EXPECT_EQ(Reader("8200ff"_hex).read_uint64().error(), Error::leading_zero);
    EXPECT_EQ(Reader("00"_hex).read_uint64().error(), Error::leading_zero);
    EXPECT_EQ(Reader("89010000000000000000"_hex).read_uint64().error(), Error::overflow);
}

TEST(Rlp, sizes_match_the_writer) {
    for (const size_t n : {0u, 1u, 55u, 56u, 255u, 256u, 70000u}) {
        const Bytes data(n, 0xff);
        EXPECT_EQ(Writer().string(data).take().size(), string_size(data));
    }
}

}  // namespace
}  // namespace otento::rlp
