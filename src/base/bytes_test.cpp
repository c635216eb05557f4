#include <otento/base/bytes.hpp>

#include <gtest/gtest.h>

namespace otento {
namespace {

TEST(Bytes, big_endian_round_trip) {
    Bytes out;
    append_be<uint64_t>(out, 0x0102030405060708);
    append_be<uint16_t>(out, 0xfffe);
    EXPECT_EQ(out, (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xfe}));
    EXPECT_EQ(load_be<uint64_t>(out.data()), 0x0102030405060708u);
    EXPECT_EQ(load_be<uint16_t>(out.data() + 8), 0xfffe);
}

TEST(Bytes, right_aligned_pads_and_cuts_on_the_left) {
    EXPECT_EQ(FixedBytes<4>::right_aligned(Bytes{1, 2}).bytes,
              (std::array<uint8_t, 4>{0, 0, 1, 2}));
    EXPECT_EQ(FixedBytes<2>::right_aligned(Bytes{1, 2, 3}).bytes, (std::array<uint8_t, 2>{2, 3}));
}

TEST(Bytes, fixed_bytes_order_like_strings) {
    EXPECT_LT((FixedBytes<2>{{0, 255}}), (FixedBytes<2>{{1, 0}}));
}

}  // namespace
}  // namespace otento
