// Shared by the opcode implementations: how they answer, and how they pay for memory.
//
// An opcode out of line takes the stack pointer and the gas left and returns the gas left after it.
// It must not write to stack or memory before it has reported its step, so that a tracer sees the
// state before.
#pragma once

#include <otento/evm/machine.hpp>

namespace otento::evm {

struct OpResult {
    uint64_t gas = 0;
    Status status = Status::success;
};

[[nodiscard]] inline OpResult failed(Status status) noexcept {
    return {.gas = 0, .status = status};
}
[[nodiscard]] inline OpResult out_of_gas() noexcept {
    return failed(Status::out_of_gas);
}

/// Takes `cost` from `gas`; false if there is not enough.
[[nodiscard]] inline bool spend(uint64_t& gas, uint64_t cost) noexcept {
    return !__builtin_sub_overflow(gas, cost, &gas);
}

/// Part of memory an opcode names; {0, 0} if empty, whatever the offset (Yellow Paper H.1, M).
struct Region {
    uint64_t offset = 0;
    uint64_t size = 0;
    [[nodiscard]] uint64_t end() const noexcept { return offset + size; }
};

/// False if no gas could ever pay for it.
[[nodiscard]] inline bool to_region(const uint256& offset, const uint256& size,
                                    Region& out) noexcept {
    if (size.is_zero()) {
        out = {};
        return true;
    }
    out = {offset.low64(), size.low64()};
    return offset.fits_u64() && size.fits_u64() && out.offset <= MEMORY_SIZE_MAX &&
           out.size <= MEMORY_SIZE_MAX;
}

[[nodiscard]] constexpr uint64_t words_of(uint64_t bytes) noexcept {
    return (bytes + 31) / 32;
}

inline constexpr uint64_t NO_GAS = UINT64_MAX;

/// Gas left after memory has grown to hold `end` bytes, or NO_GAS. Yellow Paper appendix H.1,
/// C_mem.
[[nodiscard, gnu::noinline]] inline uint64_t expand_memory(Memory& memory, uint64_t end,
                                                           uint64_t gas) noexcept {
    if (end > MEMORY_SIZE_MAX) {
        return NO_GAS;
    }
    const auto total = [](uint64_t words) { return GAS_MEMORY_WORD * words + words * words / 512; };
    const uint64_t words = words_of(end);
    if (!spend(gas, total(words) - total(memory.size() / 32))) {
        return NO_GAS;
    }
    return memory.grow(words * 32) ? gas : NO_GAS;
}

/// Pays for memory up to `end`; false if out of gas.
[[nodiscard, gnu::always_inline]] inline bool spend_memory(Memory& memory, uint64_t end,
                                                           uint64_t& gas) noexcept {
    if (end <= memory.size()) [[likely]] {
        return true;
    }
    const uint64_t left = expand_memory(memory, end, gas);
    if (left == NO_GAS) {
        return false;
    }
    gas = left;
    return true;
}

/// `source` from `offset` on into `size` bytes, zeros where it ends.
inline void copy_padded(uint8_t* out, uint64_t size, BytesView source,
                        const uint256& offset) noexcept {
    size_t copied = 0;
    if (offset.fits_u64() && offset.low64() < source.size()) {
        const BytesView from = source.subspan(static_cast<size_t>(offset.low64()));
        copied = static_cast<size_t>(std::min<uint64_t>(from.size(), size));
        std::memcpy(out, from.data(), copied);
    }
    if (copied < size) {
        std::memset(out + copied, 0, static_cast<size_t>(size) - copied);
    }
}

template <bool TRACED>
inline void report(Machine& m, const Frame& f, const uint256* sp, uint64_t gas) {
    if constexpr (TRACED) {
        m.report_step(f, sp, gas);
    }
}

/// Extra price of a cold account (EIP-2929); the warm price is the opcode's static gas.
[[nodiscard]] inline bool spend_account_access(Machine& m, const Address& address,
                                               uint64_t& gas) noexcept {
    if (m.fork->access_lists && !m.host.access_account(address)) {
        return spend(gas, GAS_COLD_ACCOUNT_ACCESS - GAS_WARM_ACCESS);
    }
    return true;
}

}  // namespace otento::evm
