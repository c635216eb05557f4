#include <otento/state/record.hpp>

#include <otento/base/random.hpp>

#include <gtest/gtest.h>

namespace otento::state {
namespace {

Hash some_hash(Random& random) {
    Hash out;
    for (uint8_t& byte : out.bytes) {
        byte = static_cast<uint8_t>(1 + random.below(255));
    }
    return out;
}

AccountRecord some_record(Random& random) {
    AccountRecord out;
    out.account.nonce = random.next() >> random.below(64);
    out.account.balance = uint256(random.next(), random.next(), random.next(), random.next()) >>
                          static_cast<unsigned>(random.below(257));
    if (random.chance(500)) {
        out.account.code_hash = some_hash(random);
    }
    if (random.chance(500)) {
        out.account.storage_root = some_hash(random);
        out.storage_epoch = random.next() >> random.below(64);
    }
    return out;
}

TEST(Record, accounts_survive_a_round_trip) {
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        const AccountRecord record = i == 0 ? AccountRecord{} : some_record(random);
        Bytes stored;
        append_record(stored, record);
        EXPECT_FALSE(stored.empty());
        EXPECT_EQ(decode_record(stored), record);
    }
}

TEST(Record, an_account_without_contract_fields_is_small) {
    AccountRecord record;
    record.account.nonce = 5;
    record.account.balance = 1'000'000'000'000'000'000ULL;
    Bytes stored;
    append_record(stored, record);
    EXPECT_EQ(stored.size(), 11U);
}

TEST(Record, damaged_accounts_are_refused_or_decode_to_what_they_say) {
    Random random(2);
    for (int i = 0; i < 20000; ++i) {
        Bytes stored;
        append_record(stored, some_record(random));
        stored[random.below(stored.size())] = static_cast<uint8_t>(random.next());
        stored.resize(random.chance(300) ? random.below(stored.size() + 1) : stored.size());
        if (const auto decoded = decode_record(stored)) {
            Bytes again;
            append_record(again, *decoded);
            EXPECT_EQ(again, stored);
        }
    }
}

TEST(Record, slots_survive_a_round_trip) {
    Random random(3);
    for (size_t zeros = 0; zeros <= 32; ++zeros) {
        Hash value = some_hash(random);
        std::fill_n(value.bytes.begin(), zeros, uint8_t{0});
        EXPECT_EQ(trim_slot(value).size(), 32 - zeros);
        EXPECT_EQ(decode_slot(trim_slot(value)), value);
    }
    EXPECT_FALSE(decode_slot(Bytes(33, 1)));
    EXPECT_FALSE(decode_slot(Bytes{0, 1}));
}

TEST(Record, account_rlp_equals_the_codec_of_types) {
    Random random(4);
    for (int i = 0; i < 200; ++i) {
        const Account account = some_record(random).account;
        Bytes rlp;
        append_account_rlp(rlp, account);
        EXPECT_EQ(rlp, types::encode_account(account));
    }
}

}  // namespace
}  // namespace otento::state
