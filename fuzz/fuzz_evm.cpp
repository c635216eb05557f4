// Any bytes as code: the plain interpreter, the traced one and the register form must do the same,
// to the last unit of gas.
//
// Input: fork, gas (2), gas factor, 32 bytes of call data, code. The second half of the code stands
// at another account, too, which a PUSH1 reaches.
#include <otento/evm/code_cache.hpp>
#include <otento/evm/testing/memory_host.hpp>
#include <otento/evm/tracer.hpp>

#include <otento/evm/evm.hpp>

#include <cstdlib>
#include <optional>

namespace {

using namespace otento;
using namespace otento::evm;
using namespace otento::evm::testing;

constexpr Address SELF{{1}};
constexpr Address CALLER{{2}};
constexpr Address OTHER{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20}};

constexpr uint64_t NEVER = UINT64_MAX >> 20;

struct Observed {
    CallResult result;
    Hash state;
    Hash logs;
    int64_t refund = 0;
};

struct Program {
    Fork fork;
    uint64_t gas;
    BytesView input;
    BytesView code;
};

/// One of the three ways. The EVM with its big buffers stays from run to run, the world and the
/// cache that it refers to are replaced in place.
class Runner {
  public:
    Runner(uint64_t translate_after, Tracer* tracer)
        : translate_after_(translate_after),
          evm_(renewed_host(), Rules{}, tracer, renewed_cache()) {}

    Observed run(const Program& program);

  private:
    MemoryHost& renewed_host() { return host_.emplace(); }
    CodeCache* renewed_cache() {
        return &cache_.emplace(CodeCache::DEFAULT_CAPACITY, translate_after_);
    }

    uint64_t translate_after_;
    std::optional<MemoryHost> host_;
    std::optional<CodeCache> cache_;
    Evm evm_;
};

Observed Runner::run(const Program& program) {
    MemoryHost& host = renewed_host();
    renewed_cache();
    evm_.set_rules(Rules{.fork = program.fork});
    host.make_account(CALLER, 1'000'000);
    host.make_contract(SELF, to_bytes(program.code), 1000);
    host.make_contract(OTHER, to_bytes(program.code.subspan(program.code.size() / 2)), 10);
    host.put_storage(SELF, Hash{}, uint256{7}.to_be());
    Message message;
    message.gas = program.gas;
    message.sender = CALLER;
    message.recipient = SELF;
    message.code_address = SELF;
    message.input = program.input;
    Observed out;
    out.result = evm_.execute(message);
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

void require_same(const Observed& a, const Observed& b) {
    require(a.result.status == b.result.status);
    require(a.result.gas_left == b.result.gas_left);
    require(a.result.output == b.result.output);
    require(a.state == b.state);
    require(a.logs == b.logs);
    require(a.refund == b.refund);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr size_t HEAD = 36;
    if (size < HEAD) {
        return 0;
    }
    const Program program{
        .fork = static_cast<Fork>(data[0] % (static_cast<unsigned>(Fork::osaka) + 1)),
        .gas = load_be<uint16_t>(data + 1) * (1 + uint64_t{data[3]} % 8),
        .input = {data + 4, HEAD - 4},
        .code = {data + HEAD, size - HEAD}};
    static Tracer tracer;
    static Runner plain{NEVER, nullptr};
    static Runner registers{0, nullptr};
    static Runner traced{NEVER, &tracer};
    const Observed expected = plain.run(program);
    require_same(expected, registers.run(program));
    require_same(expected, traced.run(program));
    return 0;
}
