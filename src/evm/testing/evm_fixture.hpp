// Fixture of unit tests: a world, a contract at SELF, a caller, and what a run gave.
#pragma once

#include <otento/evm/code_cache.hpp>
#include <otento/evm/evm.hpp>
#include <otento/evm/fork_rules.hpp>
#include <otento/evm/testing/memory_host.hpp>
#include <otento/evm/testing/program.hpp>

#include <otento/crypto/keccak.hpp>

#include <gtest/gtest.h>

namespace otento::evm::testing {

inline constexpr Address SELF{{0x5e, 0x1f}};
inline constexpr Address CALLER{{0xca, 0x11}};
inline constexpr Address OTHER{{0x07, 0x4e}};
inline constexpr Address NOBODY{{0x0b, 0x0d}};

class EvmTest : public ::testing::Test {
  protected:
    EvmTest() {
        host.make_account(CALLER, 1'000'000'000, 1);
        host.context.origin = CALLER;
        host.context.number = 1000;
        host.context.gas_limit = 30'000'000;
        host.context.chain_id = 7;
    }

    /// Runs `code` as SELF's, in a transaction from CALLER.
    CallResult run(const Bytes& code) {
        MemoryAccount& self = host.make_account(SELF, balance, 1);
        self.code = {crypto::keccak256(code), std::make_shared<const Bytes>(code)};
        Message message;
        message.gas = gas;
        message.sender = CALLER;
        message.recipient = SELF;
        message.code_address = SELF;
        message.value = value;
        message.input = input;
        message.is_static = is_static;
        return run(message);
    }

    /// Runs init code in a transaction from CALLER.
    CallResult create(const Bytes& init_code) {
        Message message;
        message.kind = CallKind::create;
        message.gas = gas;
        message.sender = CALLER;
        message.value = value;
        message.input = init_code;
        return run(message);
    }

    /// Runs the plain interpreter and, without a tracer, the register form as well: they must
    /// agree. The state is that after the last run.
    CallResult run(const Message& message) {
        rules.fork = fork;
        if (fork >= Fork::berlin) {
            host.access_account(CALLER);
            host.access_account(SELF);
        }
        const size_t before = host.checkpoint();
        CallResult result = Evm{host, rules, tracer, &plain_cache}.execute(message);
        gas_used = gas - result.gas_left;
        if (tracer != nullptr) {
            return result;
        }
        const int64_t refund = host.refund();
        const Hash logs = host.logs_hash();
        const Hash digest = host.digest();
        host.rollback(before);
        CallResult second = Evm{host, rules, nullptr, &translating_cache}.execute(message);
        EXPECT_EQ(to_string(second.status), to_string(result.status));
        EXPECT_EQ(second.gas_left, result.gas_left);
        EXPECT_EQ(second.output, result.output);
        EXPECT_EQ(host.refund(), refund);
        EXPECT_EQ(host.logs_hash(), logs);
        EXPECT_EQ(host.digest(), digest);
        return second;
    }

    /// The word that `code`, which leaves it on the stack, computes; fails the test otherwise.
    uint256 word_of(Program code) {
        const CallResult result = run(code << return_top());
        EXPECT_EQ(to_string(result.status), "success");
        EXPECT_EQ(result.output.size(), 32U);
        return result.output.size() == 32 ? uint256::load_be32(result.output.data()) : uint256{};
    }

    Status status_of(const Program& code) { return run(code).status; }

    /// Gas that `code` uses; fails the test unless it succeeds.
    uint64_t gas_of(const Program& code) {
        EXPECT_EQ(to_string(run(code).status), "success");
        return gas_used;
    }

    uint256 slot(const Address& address, const uint256& key) {
        return uint256::from(host.storage(address, key.to_be()));
    }

    MemoryHost host;
    Fork fork = Fork::osaka;
    Rules rules;
    Tracer* tracer = nullptr;
    CodeCache plain_cache{CodeCache::DEFAULT_CAPACITY, UINT64_MAX >> 20};
    CodeCache translating_cache{CodeCache::DEFAULT_CAPACITY, 0};
    uint64_t gas = 10'000'000;
    uint256 value;
    uint256 balance;
    Bytes input;
    bool is_static = false;
    uint64_t gas_used = 0;
};

}  // namespace otento::evm::testing
