// The legacy VM tests: one bare frame under Frontier rules; archive vmtests-legacy, MANIFEST 3.2.
#include <otento/evm/code_cache.hpp>
#include <otento/evm/evm.hpp>
#include <otento/evm/testing/memory_host.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/testing/vectors.hpp>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace otento::evm::testing {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::string_view text(const element& e, const char* key) {
    return e[key].get_string().value();
}
uint256 number(const element& e, const char* key) {
    return uint256::parse(text(e, key)).value();
}
Bytes bytes(const element& e, const char* key) {
    return from_hex(text(e, key)).value();
}
Address address(const element& e, const char* key) {
    return Address::right_aligned(bytes(e, key));
}

void build(MemoryHost& host, const element& test) {
    const object pre = test["pre"].get_object().value();
    for (const auto& [key, account] : pre) {
        const Address at = fixed_from_hex<20>(key).value();
        host.make_contract(at, bytes(account, "code"), number(account, "balance")).nonce =
            number(account, "nonce").low64();
        const object storage = account["storage"].get_object().value();
        for (const auto& [slot, word] : storage) {
            host.put_storage(at, uint256::parse(slot)->to_be(),
                             uint256::parse(word.get_string().value())->to_be());
        }
    }
    const element env = test["env"].value();
    host.context.coinbase = address(env, "currentCoinbase");
    host.context.difficulty = number(env, "currentDifficulty");
    host.context.gas_limit = number(env, "currentGasLimit").low64();
    host.context.number = number(env, "currentNumber").low64();
    host.context.timestamp = number(env, "currentTimestamp").low64();
    host.context.origin = address(test["exec"].value(), "origin");
    host.context.gas_price = number(test["exec"].value(), "gasPrice");
}

void expect_post(MemoryHost& host, const element& test, const std::string& name) {
    const object post = test["post"].get_object().value();
    for (const auto& [key, account] : post) {
        const Address at = fixed_from_hex<20>(key).value();
        EXPECT_EQ(host.balance(at), number(account, "balance")) << name;
        EXPECT_EQ(host.nonce(at), number(account, "nonce").low64()) << name;
        EXPECT_EQ(*host.code(at).bytes, bytes(account, "code")) << name;
        const object storage = account["storage"].get_object().value();
        size_t expected = 0;
        for (const auto& [slot, word] : storage) {
            const uint256 value = uint256::parse(word.get_string().value()).value();
            EXPECT_EQ(uint256::from(host.storage(at, uint256::parse(slot)->to_be())), value)
                << name << ' ' << slot;
            expected += value.is_zero() ? 0 : 1;
        }
        size_t found = 0;
        if (const MemoryAccount* const there = host.find(at)) {
            for (const auto& [slot, content] : there->storage) {
                found += content.current.is_zero() ? 0 : 1;
            }
        }
        EXPECT_EQ(found, expected) << name;
    }
}

void run(const element& test, const std::string& name, uint64_t translate_after) {
    // The frame moves no value, which a delegated call is: caller and value come from outside.
    constexpr Address CODE_HOLDER{{0xc0, 0xde}};
    MemoryHost host;
    build(host, test);
    const element exec = test["exec"].value();
    host.make_contract(CODE_HOLDER, bytes(exec, "code"));
    const Bytes input = bytes(exec, "data");
    Message message;
    message.kind = CallKind::delegatecall;
    message.gas = number(exec, "gas").low64();
    message.sender = address(exec, "caller");
    message.recipient = address(exec, "address");
    message.code_address = CODE_HOLDER;
    message.value = number(exec, "value");
    message.input = input;
    CodeCache cache{CodeCache::DEFAULT_CAPACITY, translate_after};
    Evm evm{host, Rules{.fork = Fork::frontier}, nullptr, &cache};
    const CallResult result = evm.execute(message);

    element gas;
    if (test["gas"].get(gas) != simdjson::SUCCESS) {
        EXPECT_NE(result.status, Status::success) << name;
        EXPECT_EQ(result.gas_left, 0U) << name;
        return;
    }
    EXPECT_EQ(to_string(result.status), "success") << name;
    EXPECT_EQ(result.gas_left, number(test, "gas").low64()) << name;
    EXPECT_EQ(to_hex(result.output), to_hex(bytes(test, "out"))) << name;
    EXPECT_EQ(to_hex(host.logs_hash()), to_hex(bytes(test, "logs"))) << name;
    expect_post(host, test, name);
}

TEST(VmTests, all_pass) {
    const crypto::testing::UnpackedVectors vectors{"vmtests-legacy"};
    if (!vectors.available()) {
        GTEST_SKIP() << "archive vmtests-legacy is absent";
    }
    size_t count = 0;
    for (const auto& file : vectors.files("vmtests-legacy/VMTests", ".json")) {
        simdjson::dom::parser parser;
        const element document = parser.load(file.string()).value();
        const object tests = document.get_object().value();
        for (const auto& [key, test] : tests) {
            run(test, std::string{key}, UINT64_MAX >> 20);
            run(test, std::string{key} + " in register form", 0);
            ++count;
        }
    }
    EXPECT_EQ(count, 609U);
}

}  // namespace
}  // namespace otento::evm::testing
