#include <otento/base/hex.hpp>
#include <otento/config/testing/temporary_folder.hpp>
#include <otento/keystore/accounts.hpp>

#include <gtest/gtest.h>

namespace otento::keystore {
namespace {

using namespace literals;

constexpr uint64_t NS_PER_SECOND = 1'000'000'000;

class StandingClock final : public Clock {
  public:
    [[nodiscard]] uint64_t monotonic_ns() const noexcept override { return now; }
    [[nodiscard]] uint64_t unix_ns() const noexcept override { return now; }
    uint64_t now = NS_PER_SECOND;
};

class AccountsTest : public ::testing::Test {
  protected:
    config::testing::TemporaryFolder folder;
    StandingClock clock;
    Accounts accounts{folder.path() + "/keystore", LIGHT_SCRYPT, clock};
};

TEST_F(AccountsTest, signs_only_for_what_is_unlocked) {
    const auto address = accounts.create("secret");
    ASSERT_TRUE(address) << address.error();
    EXPECT_TRUE(accounts.has(*address));
    EXPECT_FALSE(accounts.is_unlocked(*address));
    EXPECT_EQ(accounts.secret(*address).error(), "authentication needed: password or unlock");
    EXPECT_EQ(accounts.unlock(*address, "wrong", 0).error(),
              "could not decrypt key with given passphrase");
    ASSERT_TRUE(accounts.unlock(*address, "secret", 0));
    const auto secret = accounts.secret(*address);
    ASSERT_TRUE(secret);
    EXPECT_EQ(crypto::address_of(*crypto::public_key(*secret)), *address);
    accounts.lock(*address);
    EXPECT_EQ(accounts.secret(*address).error(), "authentication needed: password or unlock");
    EXPECT_EQ(accounts.secret(*address, "secret").value(), *secret);
}

TEST_F(AccountsTest, locks_again_when_the_time_is_up) {
    const Address address = accounts.create("").value();
    ASSERT_TRUE(accounts.unlock(address, "", 10));
    clock.now += 9 * NS_PER_SECOND;
    EXPECT_TRUE(accounts.is_unlocked(address));
    clock.now += NS_PER_SECOND;
    EXPECT_FALSE(accounts.is_unlocked(address));
    EXPECT_FALSE(accounts.secret(address));
}

TEST_F(AccountsTest, does_not_shorten_what_is_unlocked_for_good) {
    const Address address = accounts.create("").value();
    ASSERT_TRUE(accounts.unlock(address, "", 0));
    ASSERT_TRUE(accounts.unlock(address, "", 1));
    clock.now += 5 * NS_PER_SECOND;
    EXPECT_TRUE(accounts.is_unlocked(address));
}

TEST_F(AccountsTest, survives_any_length_of_time) {
    const Address address = accounts.create("").value();
    ASSERT_TRUE(accounts.unlock(address, "", UINT64_MAX));
    EXPECT_TRUE(accounts.is_unlocked(address));
}

TEST_F(AccountsTest, tells_strangers_apart_from_locked_accounts) {
    const Address stranger = "0x00000000000000000000000000000000000000aa"_address;
    EXPECT_FALSE(accounts.has(stranger));
    EXPECT_EQ(accounts.secret(stranger).error(), "unknown account");
    EXPECT_EQ(accounts.unlock(stranger, "", 0).error(), "no key for given address or file");
}

TEST_F(AccountsTest, takes_a_key_once) {
    const Hash secret = crypto::generate_secret_key();
    const auto address = accounts.import(secret, "a");
    ASSERT_TRUE(address);
    EXPECT_EQ(accounts.import(secret, "b").error(), "account already exists");
    EXPECT_EQ(accounts.list().size(), 1);
    EXPECT_FALSE(accounts.import(Hash{}, "zero is no key"));
}

}  // namespace
}  // namespace otento::keystore
