#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/storage/crc32c.hpp>

#include <gtest/gtest.h>

namespace otento::storage {
namespace {

// RFC 3720 appendix B.4.
TEST(Crc32c, matches_the_published_vectors) {
    EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0x8a9136aaU);
    EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43U);
    EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283U);
    EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, portable_form_and_continuation_agree_with_the_instruction) {
    Random random(1);
    for (size_t size = 0; size < 100; ++size) {
        Bytes data(size);
        for (uint8_t& byte : data) {
            byte = static_cast<uint8_t>(random.next());
        }
        const uint32_t whole = crc32c(data);
        EXPECT_EQ(whole, crc32c_portable(data));
        const size_t cut = size == 0 ? 0 : random.below(size);
        EXPECT_EQ(whole, crc32c(BytesView{data}.subspan(cut), crc32c(BytesView{data}.first(cut))));
    }
}

}  // namespace
}  // namespace otento::storage
