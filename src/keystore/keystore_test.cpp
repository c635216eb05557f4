#include <otento/base/hex.hpp>
#include <otento/config/testing/temporary_folder.hpp>
#include <otento/config/text_file.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/keystore/key_folder.hpp>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace otento::keystore {
namespace {

using namespace literals;

// The test vectors of the Web3 Secret Storage definition, version 3.
constexpr std::string_view PBKDF2_VECTOR = R"({
  "crypto": { "cipher": "aes-128-ctr",
    "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
    "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
    "kdf": "pbkdf2",
    "kdfparams": { "c": 262144, "dklen": 32, "prf": "hmac-sha256",
      "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd" },
    "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2" },
  "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3 })";
constexpr std::string_view SCRYPT_VECTOR = R"({
  "crypto": { "cipher": "aes-128-ctr",
    "cipherparams": { "iv": "83dbcc02d8ccb40e466191a123791e0e" },
    "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
    "kdf": "scrypt",
    "kdfparams": { "dklen": 32, "n": 262144, "p": 8, "r": 1,
      "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19" },
    "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097" },
  "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3 })";
const Hash VECTOR_KEY = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"_hash;

TEST(KeyFile, opens_the_published_vectors) {
    for (const std::string_view vector : {PBKDF2_VECTOR, SCRYPT_VECTOR}) {
        const auto secret = decrypt_key_file(vector, "testpassword");
        ASSERT_TRUE(secret) << to_string(secret.error());
        EXPECT_EQ(*secret, VECTOR_KEY);
    }
    const auto wrong = decrypt_key_file(PBKDF2_VECTOR, "testpasswort");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(), KeyFileError::wrong_password);
}

TEST(KeyFile, opens_what_it_writes) {
    const Hash secret = crypto::generate_secret_key();
    const std::string json = encrypt_key_file(secret, "päss", LIGHT_SCRYPT);
    EXPECT_EQ(decrypt_key_file(json, "päss").value(), secret);
    EXPECT_EQ(key_file_address(json).value(), crypto::address_of(*crypto::public_key(secret)));
    EXPECT_FALSE(decrypt_key_file(json, ""));
    EXPECT_NE(json, encrypt_key_file(secret, "päss", LIGHT_SCRYPT));  // Fresh salt and IV.
}

TEST(KeyFile, bounds_what_a_file_may_ask_for) {
    const auto with = [](const std::string& params) {
        return fmt::format(
            R"({{"version":3,"address":"00","crypto":{{"cipher":"aes-128-ctr","ciphertext":"00",
            "cipherparams":{{"iv":"00000000000000000000000000000000"}},"kdf":"scrypt","kdfparams":
            {{"salt":"00",{}}},"mac":"{:064}"}}}})",
            params, 0);
    };
    const auto error = [&](const std::string& params) {
        return decrypt_key_file(with(params), "x").error();
    };
    EXPECT_EQ(error(R"("dklen":32,"n":1099511627776,"r":8,"p":1)"), KeyFileError::too_expensive);
    EXPECT_EQ(error(R"("dklen":4000000000,"n":2,"r":8,"p":1)"), KeyFileError::too_expensive);
    EXPECT_EQ(error(R"("dklen":32,"n":2,"r":8,"p":1000000)"), KeyFileError::too_expensive);
    EXPECT_EQ(error(R"("dklen":16,"n":2,"r":8,"p":1)"), KeyFileError::malformed);
    EXPECT_EQ(error(R"("dklen":32,"n":3,"r":8,"p":1)"), KeyFileError::malformed);  // No power of 2.
    EXPECT_EQ(decrypt_key_file("{}", "x").error(), KeyFileError::malformed);
    EXPECT_EQ(decrypt_key_file("[1", "x").error(), KeyFileError::malformed);
    EXPECT_EQ(decrypt_key_file(R"({"version":1,"crypto":{}})", "x").error(),
              KeyFileError::unsupported);
}

TEST(KeyFolder, stores_lists_and_changes_keys) {
    const config::testing::TemporaryFolder temporary;
    const std::string folder = temporary.path() + "/keystore";
    EXPECT_TRUE(list_keys(folder).empty());
    const auto stored = store_key(folder, VECTOR_KEY, "one", LIGHT_SCRYPT, 1795329016869943110);
    ASSERT_TRUE(stored) << stored.error();
    EXPECT_EQ(stored->path, folder +
                                "/UTC--2026-11-22T06-30-16.869943110Z--"
                                "008aeeda4d805471df9b2a5b0f38a0c3bcba786b");
    struct stat info{};
    ASSERT_EQ(stat(stored->path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    EXPECT_EQ(store_key(folder, VECTOR_KEY, "x", LIGHT_SCRYPT, 1).error(),
              "account already exists");
    ASSERT_TRUE(config::write_text_file(folder + "/README", "no key", false));
    ASSERT_EQ(list_keys(folder).size(), 1U);
    ASSERT_TRUE(change_password(*stored, "one", "two", LIGHT_SCRYPT));
    EXPECT_EQ(unlock_key(*stored, "one").error(), "could not decrypt key with given passphrase");
    EXPECT_EQ(unlock_key(*stored, "two").value(), VECTOR_KEY);
    EXPECT_TRUE(find_key(folder, "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"));
    EXPECT_TRUE(find_key(folder, "0"));
    EXPECT_EQ(find_key(folder, "1").error(), "index 1 higher than number of accounts 1");
    EXPECT_TRUE(find_key(folder, "0x0000000000000000000000000000000000000001")
                    .error()
                    .starts_with("no key for given address or file"));
}

TEST(KeyFolder, opens_the_keys_of_a_real_network) {
    const std::string identity =
        std::string(OTENTO_SHARED_DIR) + "/vectors/quorum24-chain-a/identity";
    const auto password = config::read_text_file(identity + "/keystore-password.txt");
    const auto accounts = config::read_text_file(identity + "/accounts.json");
    if (!password || !accounts) {
        GTEST_SKIP() << "no " << identity;
    }
    const std::string line = password->substr(0, password->find('\n'));
    const auto keys = list_keys(identity + "/keystore");
    ASSERT_EQ(keys.size(), 3U);
    for (const StoredKey& key : keys) {
        const auto secret = unlock_key(key, line);
        ASSERT_TRUE(secret) << key.path << ": " << secret.error();
        EXPECT_NE(accounts->find(to_hex0x(*secret)), std::string::npos);
    }
}

}  // namespace
}  // namespace otento::keystore
