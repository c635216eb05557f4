#include <otento/storage/log_record.hpp>

#include <gtest/gtest.h>

namespace otento::storage {
namespace {

TEST(LogRecord, segment_name_round_trips_and_refuses_other_names) {
    const auto name =
        parse_segment_name(to_file_name({.first_index = 17, .salt = 0xabcdef0123456789}));
    ASSERT_TRUE(name);
    EXPECT_EQ(name->first_index, 17U);
    EXPECT_EQ(name->salt, 0xabcdef0123456789U);
    EXPECT_FALSE(parse_segment_name("spare.tmp"));
    EXPECT_FALSE(parse_segment_name("0000000000000000-0000000000000000.log"))
        << "index 0 is no record";
    EXPECT_FALSE(parse_segment_name("000000000000001g-0000000000000000.log"));
    EXPECT_FALSE(parse_segment_name("0x00000000000011-0000000000000000.log"));
    EXPECT_FALSE(parse_segment_name(""));
}

TEST(LogRecord, header_round_trips_and_any_flipped_bit_shows) {
    const RecordHeader header{.payload_crc = 1,
                              .index = 2,
                              .term = 3,
                              .durable_index = 4,
                              .length = 5,
                              .zero_pieces = 6,
                              .type = 7};
    uint8_t bytes[RECORD_HEADER_BYTES];
    encode_record_header(header, 99, 640, bytes);
    RecordHeader back;
    ASSERT_EQ(decode_record_header(bytes, 99, 640, back), RecordState::valid);
    EXPECT_EQ(back.payload_crc, 1U);
    EXPECT_EQ(back.index, 2U);
    EXPECT_EQ(back.term, 3U);
    EXPECT_EQ(back.durable_index, 4U);
    EXPECT_EQ(back.length, 5U);
    EXPECT_EQ(back.zero_pieces, 6U);
    EXPECT_EQ(back.type, 7);
    EXPECT_EQ(decode_record_header(bytes, 98, 640, back), RecordState::damaged)
        << "of another file";
    EXPECT_EQ(decode_record_header(bytes, 99, 704, back), RecordState::damaged)
        << "of another place";
    for (size_t bit = 0; bit < 8 * RECORD_HEADER_BYTES; ++bit) {
        bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
        EXPECT_EQ(decode_record_header(bytes, 99, 640, back), RecordState::damaged)
            << "bit " << bit;
        bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    }
    std::memset(bytes, 0, sizeof bytes);
    EXPECT_EQ(decode_record_header(bytes, 99, 640, back), RecordState::absent);
}

TEST(LogRecord, counts_zero_pieces_by_the_sectors_of_the_file) {
    Bytes payload(1100, 1);
    EXPECT_EQ(count_zero_pieces(64, payload), 0U);
    std::fill(payload.begin() + 448, payload.begin() + 960, 0);  // Sector 1 of the file, exactly.
    EXPECT_EQ(count_zero_pieces(64, payload), 1U);
    EXPECT_EQ(count_zero_pieces(65, payload), 0U);
    payload.assign(1100, 0);
    EXPECT_EQ(count_zero_pieces(64, payload), 3U);
    EXPECT_EQ(count_zero_pieces(64, {}), 0U);
}

TEST(LogRecord, tells_another_version_from_damage) {
    const SegmentName name{.first_index = 1, .salt = 2};
    Bytes sector = encode_segment_header(name);
    EXPECT_EQ(check_segment_header(sector, name), SegmentHeaderState::valid);
    sector[11] = 2;
    EXPECT_EQ(check_segment_header(sector, name), SegmentHeaderState::damaged);
    EXPECT_EQ(check_segment_header(Bytes(512, 0), name), SegmentHeaderState::damaged);
    EXPECT_EQ(check_segment_header({}, name), SegmentHeaderState::damaged);
}

}  // namespace
}  // namespace otento::storage
