// Accounts of the node: what they sign, at which door, and what they refuse.
#include <otento/base/hex.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <fmt/core.h>

namespace otento::rpc::testing {
namespace {

class SigningTest : public RpcTest {
  protected:
    SigningTest() {
        account = backend.accounts.keys.import(SECRET_KEY, "secret").value();
        open_door(true);
    }
    void open_door(bool unlocked_accounts) {
        Options options;
        options.modules = {"eth", "personal"};
        options.unlocked_accounts = unlocked_accounts;
        restart(std::move(options));
    }
    void unlock() { ASSERT_TRUE(backend.accounts.keys.unlock(account, "secret", 0)); }
    /// The transaction that was submitted last.
    types::Transaction sent() const {
        return types::decode_transaction(backend.submitted.back()).value();
    }
    std::string send(std::string_view fields) {
        return call("eth_sendTransaction",
                    fmt::format(R"([{{"from":"{}"{}}}])", to_hex0x(account), fields));
    }

    Address account;
};

constexpr std::string_view TO = R"(,"to":"0x00000000000000000000000000000000000000aa")";

TEST_F(SigningTest, names_its_accounts) {
    EXPECT_EQ(account, RICH);
    EXPECT_EQ(call("eth_accounts"), fmt::format(R"(["{}"])", to_hex0x(account)));
    EXPECT_EQ(call("personal_listAccounts"), call("eth_accounts"));
    EXPECT_NE(call("personal_listWallets").find(R"("status":"Locked")"), std::string::npos);
}

TEST_F(SigningTest, sends_for_an_unlocked_account_only) {
    EXPECT_EQ(send(TO), "error -32000 authentication needed: password or unlock");
    EXPECT_EQ(
        call("eth_sendTransaction", R"([{"to":"0x00000000000000000000000000000000000000aa"}])"),
        "error -32000 unknown account");
    EXPECT_TRUE(backend.submitted.empty());
    unlock();
    backend.nonce = 7;
    const std::string hash = send(std::string(TO) + R"(,"value":"0x5")");
    EXPECT_EQ(hash, fmt::format("\"{}\"", to_hex0x(types::transaction_hash(sent()))));
    EXPECT_EQ(sent().nonce, 7);
    EXPECT_EQ(sent().value, uint256{5});
    EXPECT_EQ(sent().gas_limit, 21'000);
    EXPECT_EQ(sent().type, types::TxType::dynamic_fee);
    EXPECT_EQ(types::recover_sender(sent()), account);
}

TEST_F(SigningTest, keeps_what_the_client_gave) {
    unlock();
    send(std::string(TO) + R"(,"gas":"0x7530","gasPrice":"0x3","nonce":"0x2")");
    EXPECT_EQ(sent().type, types::TxType::legacy);
    EXPECT_EQ(sent().gas_limit, 30'000);
    EXPECT_EQ(sent().max_fee_per_gas, uint256{3});
    EXPECT_EQ(sent().nonce, 2);
    EXPECT_EQ(sent().chain_id, chain().config().chain_id);
}

TEST_F(SigningTest, says_what_is_wrong_with_a_transaction) {
    unlock();
    EXPECT_EQ(send(""), "error -32000 contract creation without any data provided");
    EXPECT_EQ(send(std::string(TO) + R"(,"privateFor":["a"])"),
              "error -32000 privateFor: private transactions are not supported; every member "
              "executes everything");
    EXPECT_EQ(send(std::string(TO) + R"(,"maxFeePerGas":"0x1","maxPriorityFeePerGas":"0x2")"),
              "error -32000 maxFeePerGas (1) < maxPriorityFeePerGas (2)");
    EXPECT_EQ(send(fmt::format(R"(,"to":"{}","data":"0x00")", to_hex0x(INVALID_CODE))),
              "error -32000 invalid opcode: INVALID");
    EXPECT_TRUE(backend.submitted.empty());
    backend.refusal = "nonce too low";
    EXPECT_EQ(send(TO), "error -32000 nonce too low");
}

TEST_F(SigningTest, unlocked_accounts_stop_at_a_door_that_is_closed_to_them) {
    unlock();
    open_door(false);
    EXPECT_TRUE(send(TO).starts_with("error -32000 authentication needed: password or unlock"));
    EXPECT_TRUE(call("personal_unlockAccount", fmt::format(R"(["{}","secret"])", to_hex0x(account)))
                    .starts_with("error -32000 account unlock with HTTP access is forbidden"));
    EXPECT_TRUE(backend.submitted.empty());
    // The password itself is proof enough anywhere.
    EXPECT_FALSE(call("personal_sendTransaction",
                      fmt::format(R"([{{"from":"{}"{}}},"secret"])", to_hex0x(account), TO))
                     .starts_with("error"));
    EXPECT_EQ(types::recover_sender(sent()), account);
    EXPECT_EQ(call("personal_sendTransaction",
                   fmt::format(R"([{{"from":"{}"{}}},"wrong"])", to_hex0x(account), TO)),
              "error -32000 could not decrypt key with given passphrase");
}

TEST_F(SigningTest, sends_of_one_account_get_one_nonce_after_the_other) {
    unlock();
    backend.hold = true;
    const std::string body = fmt::format(
        R"({{"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{{"from":"{}"{}}}]}})",
        to_hex0x(account), TO);
    int answers = 0;
    dispatcher->handle(body, [&](const std::string&) { ++answers; });
    dispatcher->handle(body, [&](const std::string&) { ++answers; });
    ASSERT_EQ(backend.held.size(), 1);  // The second waits for the first.
    backend.nonce = 1;
    backend.held[0].second(backend.answer(backend.held[0].first));
    ASSERT_EQ(backend.held.size(), 2);
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(types::decode_transaction(backend.held[0].first)->nonce, 0);
    EXPECT_EQ(types::decode_transaction(backend.held[1].first)->nonce, 1);
    backend.held[1].second(backend.answer(backend.held[1].first));
    EXPECT_EQ(answers, 2);
}

TEST_F(SigningTest, signs_a_transaction_without_sending_it) {
    unlock();
    const auto sign = [&](std::string_view fields) {
        return call("eth_signTransaction",
                    fmt::format(R"([{{"from":"{}"{}{}}}])", to_hex0x(account), TO, fields));
    };
    EXPECT_EQ(sign(""), "error -32000 gas not specified");
    EXPECT_EQ(sign(R"(,"gas":"0x5208")"),
              "error -32000 missing gasPrice or maxFeePerGas/maxPriorityFeePerGas");
    EXPECT_EQ(sign(R"(,"gas":"0x5208","gasPrice":"0x0")"), "error -32000 nonce not specified");
    const std::string answer = sign(R"(,"gas":"0x5208","gasPrice":"0x0","nonce":"0x4")");
    std::string digits = member(answer, "raw");
    std::erase(digits, '"');
    const auto raw = from_hex(digits);
    ASSERT_TRUE(raw) << answer;
    const auto tx = types::decode_transaction(*raw);
    ASSERT_TRUE(tx);
    EXPECT_EQ(tx->nonce, 4);
    EXPECT_EQ(types::recover_sender(*tx), account);
    EXPECT_TRUE(backend.submitted.empty());
}

TEST_F(SigningTest, signs_messages_that_recover) {
    const std::string message = "0x68656c6c6f";
    EXPECT_EQ(call("eth_sign", fmt::format(R"(["{}","{}"])", to_hex0x(account), message)),
              "error -32000 authentication needed: password or unlock");
    unlock();
    const std::string signature =
        call("eth_sign", fmt::format(R"(["{}","{}"])", to_hex0x(account), message));
    EXPECT_EQ(
        call("personal_sign", fmt::format(R"(["{}","{}","secret"])", message, to_hex0x(account))),
        signature);
    EXPECT_EQ(call("personal_ecRecover", fmt::format(R"(["{}",{}])", message, signature)),
              fmt::format("\"{}\"", to_hex0x(account)));
    EXPECT_EQ(call("personal_ecRecover", fmt::format(R"(["0x00","0x{:0130}"])", 0)),
              "error -32000 invalid Ethereum signature (V is not 27 or 28)");
}

// The example of web3.js for accounts.sign; signatures are deterministic (RFC 6979).
TEST_F(SigningTest, signs_messages_as_others_do) {
    const std::string signer =
        call("personal_importRawKey",
             R"(["4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318","x"])");
    EXPECT_EQ(
        call("personal_sign", fmt::format(R"(["0x536f6d652064617461",{},"x"])", signer)),
        R"("0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c")");
}

TEST_F(SigningTest, makes_unlocks_and_locks_accounts) {
    const std::string made = call("personal_newAccount", R"(["päss"])");
    EXPECT_EQ(call("personal_unlockAccount", fmt::format(R"([{},"päss",10])", made)), "true");
    EXPECT_EQ(call("personal_unlockAccount", fmt::format(R"([{},"pass"])", made)),
              "error -32000 could not decrypt key with given passphrase");
    EXPECT_EQ(call("personal_lockAccount", fmt::format("[{}]", made)), "true");
    EXPECT_EQ(call("eth_sign", fmt::format(R"([{},"0x00"])", made)),
              "error -32000 authentication needed: password or unlock");
    EXPECT_EQ(call("personal_importRawKey", fmt::format(R"(["{}",""])", to_hex(SECRET_KEY))),
              "error -32000 account already exists");
    EXPECT_EQ(call("personal_importRawKey", R"(["12",""])"),
              "error -32000 invalid length or digits, need 64 hex characters");
}

}  // namespace
}  // namespace otento::rpc::testing
