// Opcodes do not allocate: a loop of thousands of rounds asks the allocator for no more than one of
// three.
#include <otento/evm/testing/evm_fixture.hpp>

#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OTENTO_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OTENTO_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef OTENTO_COUNTS_ALLOCATIONS
#define OTENTO_COUNTS_ALLOCATIONS 1
#endif

namespace otento::evm::testing {
namespace {

thread_local size_t allocations = 0;

}  // namespace
}  // namespace otento::evm::testing

#if OTENTO_COUNTS_ALLOCATIONS
[[gnu::noinline]] void* operator new(size_t size) {
    ++otento::evm::testing::allocations;
    void* const memory = std::malloc(size);
    if (memory == nullptr) {
        std::abort();
    }
    return memory;
}
[[gnu::noinline]] void* operator new(size_t size, std::align_val_t alignment) {
    ++otento::evm::testing::allocations;
    const auto unit = static_cast<size_t>(alignment);
    void* const memory = std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
    if (memory == nullptr) {
        std::abort();
    }
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
    std::free(memory);
}
#endif

namespace otento::evm::testing {
namespace {

class Allocations : public EvmTest {
  protected:
    /// `body` a number of times, counted down on the stack, which the body leaves as it was.
    static Program loop(uint64_t times, const Program& body) {
        Program out;
        out << push(times);
        const auto start = static_cast<uint64_t>(out.size());
        out << OP_JUMPDEST << body << push(1) << OP_SWAP1 << OP_SUB << OP_DUP1 << push(start)
            << OP_JUMPI << OP_STOP;
        return out;
    }

    /// Allocations of the second run of `code`, in the interpreter that `cache` leads to.
    size_t allocations_of(const Program& code, CodeCache& cache) {
        MemoryAccount& self = host.make_account(SELF, balance, 1);
        self.code = {crypto::keccak256(code.bytes()), std::make_shared<const Bytes>(code.bytes())};
        Message message;
        message.gas = gas;
        message.sender = CALLER;
        message.recipient = SELF;
        message.code_address = SELF;
        rules.fork = fork;
        Evm evm{host, rules, nullptr, &cache};
        (void)evm.execute(message);
        const size_t before = allocations;
        const CallResult result = evm.execute(message);
        const size_t after = allocations;
        EXPECT_EQ(to_string(result.status), "success");
        return after - before;
    }

    void expect_no_allocation(const Program& body) {
        for (CodeCache* const cache : {&plain_cache, &translating_cache}) {
            EXPECT_EQ(allocations_of(loop(3, body), *cache),
                      allocations_of(loop(3000, body), *cache));
        }
    }
};

TEST_F(Allocations, come_with_no_opcode) {
    if (!OTENTO_COUNTS_ALLOCATIONS) {
        GTEST_SKIP() << "the sanitizer has the allocator";
    }
    gas = 1'000'000'000;
    expect_no_allocation(
        Program{} << push(3)
                  << push(uint256::parse("0x1234567890abcdef1234567890abcdef12345678").value())
                  << OP_MUL << push(7) << OP_SWAP1 << OP_DIV << push(5) << OP_EXP << OP_ISZERO
                  << OP_POP);
    expect_no_allocation(Program{} << push(1) << push(4000) << OP_MSTORE << push(4000) << OP_MLOAD
                                   << OP_POP << push(136) << push(0) << OP_KECCAK256 << OP_POP);
    expect_no_allocation(Program{} << push(32) << push(0) << push(64) << OP_CODECOPY << push(32)
                                   << push(0) << push(64) << OP_CALLDATACOPY << OP_CALLER
                                   << OP_BALANCE << OP_POP << OP_GAS << OP_POP);
}

TEST_F(Allocations, come_with_no_call_once_its_depth_was_reached) {
    if (!OTENTO_COUNTS_ALLOCATIONS) {
        GTEST_SKIP() << "the sanitizer has the allocator";
    }
    gas = 1'000'000'000;
    fork = Fork::constantinople;
    const Bytes callee = Program{} << push(7) << push(0) << OP_MSTORE << return_memory(32);
    host.make_contract(OTHER, callee);
    expect_no_allocation(call({.to = OTHER}) << OP_POP);
}

}  // namespace
}  // namespace otento::evm::testing
