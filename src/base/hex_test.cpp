#include <otento/base/hex.hpp>

#include <gtest/gtest.h>

namespace otento {
namespace {

TEST(Hex, round_trip) {
    EXPECT_EQ(to_hex0x(Bytes{0x00, 0xab, 0x0f}), "0x00ab0f");
    EXPECT_EQ(from_hex("0x00AB0f"), (Bytes{0x00, 0xab, 0x0f}));
    EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, refuses_odd_length_and_other_characters) {
    EXPECT_FALSE(from_hex("0x1").has_value());
    EXPECT_FALSE(from_hex("zz").has_value());
    EXPECT_FALSE(fixed_from_hex<20>("0x00").has_value());
}

TEST(Hex, quantity_has_no_leading_zeros) {
    EXPECT_EQ(to_quantity(0), "0x0");
    EXPECT_EQ(to_quantity(1024), "0x400");
    EXPECT_EQ(to_quantity(UINT64_MAX), "0xffffffffffffffff");
}

}  // namespace
}  // namespace otento
