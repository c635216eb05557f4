#include <otento/consensus/seal.hpp>

#include <otento/base/hex.hpp>

#include <gtest/gtest.h>

namespace otento::consensus {
namespace {

using namespace literals;

const Hash KEY = "0x1111111111111111111111111111111111111111111111111111111111111111"_hash;
const Seal SEAL{.raft_id = 3, .term = 17, .timestamp_ns = 1'795'330'681'813'367'000};

types::Header sealed() {
    types::Header header;
    header.number = 5;
    header.gas_used = 21'000;
    seal_header(header, SEAL, KEY);
    return header;
}

TEST(Seal, recovers_who_sealed_and_when) {
    const types::Header header = sealed();
    EXPECT_EQ(header.timestamp, 1'795'330'681u);
    EXPECT_LE(header.extra_data.size(), SEAL_BYTES_MAX);
    const auto verified = verify_seal(header);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->seal, SEAL);
    EXPECT_EQ(verified->signer, *crypto::public_key(KEY));
}

TEST(Seal, any_changed_header_field_changes_the_signer) {
    types::Header header = sealed();
    header.gas_used += 1;
    const auto verified = verify_seal(header);
    EXPECT_TRUE(!verified || verified->signer != *crypto::public_key(KEY));
}

TEST(Seal, timestamp_must_be_the_second_of_the_seal) {
    types::Header header = sealed();
    header.timestamp += 1;
    EXPECT_EQ(verify_seal(header).error(), SealError::wrong_second);
}

TEST(Seal, refuses_every_truncation_and_trailing_bytes) {
    const types::Header good = sealed();
    for (size_t n = 0; n < good.extra_data.size(); ++n) {
        types::Header header = good;
        header.extra_data.resize(n);
        EXPECT_EQ(verify_seal(header).error(), SealError::malformed) << n;
        EXPECT_FALSE(read_seal(header).has_value());
    }
    types::Header header = good;
    header.extra_data.push_back(0);
    EXPECT_EQ(verify_seal(header).error(), SealError::malformed);
}

}  // namespace
}  // namespace otento::consensus
