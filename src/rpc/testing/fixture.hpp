// A small chain and a dispatcher on it, for tests that read like requests and answers.
#pragma once

#include <otento/rpc/dispatcher.hpp>
#include <otento/rpc/testing/fake_backend.hpp>

#include <gtest/gtest.h>

namespace otento::rpc::testing {

/// Our rules with all forks up to Cancun at genesis; one rich account and three contracts.
[[nodiscard]] types::Genesis test_genesis();

extern const Hash SECRET_KEY;       ///< Of RICH.
extern const Address RICH;          ///< Balance 10 ether.
extern const Address LOGGER;        ///< Emits one log; its topic is the first word of the input.
extern const Address REVERTER;      ///< Reverts with its input.
extern const Address READER;        ///< Returns its slot 0, which is 42.
extern const Address INVALID_CODE;  ///< Runs the INVALID opcode.

/// A signed legacy transaction of price 0.
[[nodiscard]] types::Transaction transfer(uint64_t nonce, const std::optional<Address>& to,
                                          Bytes data = {}, uint64_t gas = 100'000);

class RpcTest : public ::testing::Test {
  protected:
    RpcTest() : backend(std::make_shared<FakeChain>(test_genesis())) { restart({}); }

    /// A new dispatcher with other options.
    void restart(Options options, std::vector<Method> methods = all_methods()) {
        dispatcher =
            std::make_unique<Dispatcher>(backend, clock, std::move(options), std::move(methods));
    }
    FakeChain& chain() { return *backend.chain; }

    /// The answer to a body; fails if it did not come at once.
    std::string post(std::string body);
    /// `result` of a call as JSON text, or "error CODE MESSAGE [DATA]".
    std::string call(std::string_view method, std::string_view params = "[]");

    FakeBackend backend;
    FakeClock clock;
    std::unique_ptr<Dispatcher> dispatcher;
};

/// Text of a JSON value, scalars raw: members in the order they came.
[[nodiscard]] std::string compact(jsonrpc::Value value);
/// Member of a JSON object given as text, as text; "absent" if it has none.
[[nodiscard]] std::string member(const std::string& json, std::string_view key);

}  // namespace otento::rpc::testing
