#include <otento/rpc/access_list_tracer.hpp>

namespace otento::rpc {
namespace {

// Yellow Paper, appendix H.
enum Op : uint8_t {
    BALANCE = 0x31,
    EXTCODESIZE = 0x3b,
    EXTCODECOPY = 0x3c,
    EXTCODEHASH = 0x3f,
    SLOAD = 0x54,
    SSTORE = 0x55,
    CALL = 0xf1,
    CALLCODE = 0xf2,
    DELEGATECALL = 0xf4,
    STATICCALL = 0xfa,
    SELFDESTRUCT = 0xff,
};

}  // namespace

AccessListTracer::AccessListTracer(const types::AccessList& start, std::set<Address> warm_anyway)
    : warm_anyway_(std::move(warm_anyway)) {
    for (const auto& entry : start) {
        auto& keys = touched_[entry.address];
        keys.insert(entry.storage_keys.begin(), entry.storage_keys.end());
    }
}

void AccessListTracer::touch(const uint256& word) {
    const Address address = word.to_address();
    if (!warm_anyway_.contains(address)) {
        touched_[address];
    }
}

void AccessListTracer::on_step(const evm::TraceStep& step) {
    const auto& stack = step.stack;
    const size_t size = stack.size();
    switch (step.op) {
        case SLOAD:
        case SSTORE:
            if (size >= 1) {
                touched_[step.address].insert(stack[size - 1].to_be());
            }
            break;
        case BALANCE:
        case EXTCODESIZE:
        case EXTCODECOPY:
        case EXTCODEHASH:
        case SELFDESTRUCT:
            if (size >= 1) {
                touch(stack[size - 1]);
            }
            break;
        case CALL:
        case CALLCODE:
        case DELEGATECALL:
        case STATICCALL:
            if (size >= 2) {
                touch(stack[size - 2]);
            }
            break;
        default:
            break;
    }
}

types::AccessList AccessListTracer::list() const {
    types::AccessList out;
    for (const auto& [address, keys] : touched_) {
        if (keys.empty() && warm_anyway_.contains(address)) {
            continue;
        }
        out.push_back({address, {keys.begin(), keys.end()}});
    }
    return out;
}

}  // namespace otento::rpc
