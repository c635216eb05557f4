// Any bytes as code: the plain interpreter and the register form must do the same, to the last unit
// of gas.
#include <otento/evm/code_cache.hpp>
#include <otento/evm/testing/memory_host.hpp>

#include <otento/evm/evm.hpp>

#include <cstdlib>

namespace {

using namespace otento;
using namespace otento::evm;
using namespace otento::evm::testing;

struct Observed {
    CallResult result;
    Hash state;
    Hash logs;
    int64_t refund = 0;
};

Observed run(BytesView code, BytesView input, Fork fork, uint64_t gas, uint64_t translate_after) {
    constexpr Address SELF{{1}};
    constexpr Address CALLER{{2}};
    MemoryHost host;
    host.make_account(CALLER, 1'000'000);
    host.make_contract(SELF, to_bytes(code), 1000);
    Message message;
    message.gas = gas;
    message.sender = CALLER;
    message.recipient = SELF;
    message.code_address = SELF;
    message.input = input;
    CodeCache cache{CodeCache::DEFAULT_CAPACITY, translate_after};
    Evm evm{host, Rules{.fork = fork}, nullptr, &cache};
    Observed out;
    out.result = evm.execute(message);
    out.state = host.digest();
    out.logs = host.logs_hash();
    out.refund = host.refund();
    return out;
}

void require(bool same) {
    if (!same) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr size_t HEAD = 36;
    if (size < HEAD) {
        return 0;
    }
    const Fork fork = static_cast<Fork>(data[0] % (static_cast<unsigned>(Fork::osaka) + 1));
    const uint64_t gas = load_be<uint16_t>(data + 1);
    const BytesView input{data + 4, HEAD - 4};
    const BytesView code{data + HEAD, size - HEAD};
    const Observed plain = run(code, input, fork, gas, UINT64_MAX >> 20);
    const Observed registers = run(code, input, fork, gas, 0);
    require(plain.result.status == registers.result.status);
    require(plain.result.gas_left == registers.result.gas_left);
    require(plain.result.output == registers.result.output);
    require(plain.state == registers.state);
    require(plain.logs == registers.logs);
    require(plain.refund == registers.refund);
    return 0;
}
