// Opcodes that hash and copy: KECCAK256, the *COPY family, MCOPY, RETURN and REVERT.
#pragma once

#include <otento/evm/ops.hpp>

#include <otento/crypto/keccak.hpp>

namespace otento::evm {

/// KECCAK256. `sp` only matters to a tracer.
template <bool TRACED>
[[gnu::noinline]] OpResult hash_memory(Machine& m, Frame& f, const uint256* sp, uint64_t gas,
                                       const uint256& offset, const uint256& size,
                                       uint256& out) noexcept {
    Region region;
    if (!to_region(offset, size, region) ||
        !spend(gas, GAS_KECCAK256_WORD * words_of(region.size)) ||
        !spend_memory(f.memory, region.end(), gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    out = uint256::from(
        crypto::keccak256({f.memory.data() + region.offset, static_cast<size_t>(region.size)}));
    return {gas};
}

template <bool TRACED>
OpResult op_keccak256(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    return hash_memory<TRACED>(m, f, sp, gas, sp[0], sp[-1], sp[-1]);
}

/// CALLDATACOPY and CODECOPY.
template <bool TRACED>
[[gnu::noinline]] OpResult copy_to_memory(Machine& m, Frame& f, const uint256* sp, uint64_t gas,
                                          const uint256& to, const uint256& from,
                                          const uint256& size, BytesView source) noexcept {
    Region region;
    if (!to_region(to, size, region) || !spend(gas, GAS_COPY_WORD * words_of(region.size)) ||
        !spend_memory(f.memory, region.end(), gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    if (region.size != 0) {
        copy_padded(f.memory.data() + region.offset, region.size, source, from);
    }
    return {gas};
}

template <bool TRACED>
OpResult op_calldatacopy(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    return copy_to_memory<TRACED>(m, f, sp, gas, sp[0], sp[-1], sp[-2], f.input);
}

template <bool TRACED>
OpResult op_codecopy(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    return copy_to_memory<TRACED>(m, f, sp, gas, sp[0], sp[-1], sp[-2],
                                  {f.code->data(), f.code->size()});
}

/// EIP-211: reading past the end is an error, not zeros, even for size 0.
template <bool TRACED>
[[gnu::noinline]] OpResult op_returndatacopy(Machine& m, Frame& f, uint256* sp,
                                             uint64_t gas) noexcept {
    const uint256& offset = sp[-1];
    const uint256& size = sp[-2];
    const uint64_t available = f.return_data.size();
    if (!offset.fits_u64() || !size.fits_u64() || offset.low64() > available ||
        size.low64() > available - offset.low64()) {
        return failed(Status::invalid_memory_access);
    }
    Region region;
    if (!to_region(sp[0], size, region) || !spend(gas, GAS_COPY_WORD * words_of(region.size)) ||
        !spend_memory(f.memory, region.end(), gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    if (region.size != 0) {
        std::memcpy(f.memory.data() + region.offset, f.return_data.data() + offset.low64(),
                    static_cast<size_t>(region.size));
    }
    return {gas};
}

template <bool TRACED>
[[gnu::noinline]] OpResult op_extcodecopy(Machine& m, Frame& f, uint256* sp,
                                          uint64_t gas) noexcept {
    Region region;
    if (!to_region(sp[-1], sp[-3], region) || !spend(gas, GAS_COPY_WORD * words_of(region.size)) ||
        !spend_memory(f.memory, region.end(), gas)) {
        return out_of_gas();
    }
    const Address address = sp[0].to_address();
    if (!spend_account_access(m, address, gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    if (region.size != 0) {
        const CodeRef code = m.host.code(address);
        copy_padded(f.memory.data() + region.offset, region.size, *code.bytes, sp[-2]);
    }
    return {gas};
}

/// EIP-5656
template <bool TRACED>
[[gnu::noinline]] OpResult copy_memory(Machine& m, Frame& f, const uint256* sp, uint64_t gas,
                                       const uint256& to, const uint256& from,
                                       const uint256& size) noexcept {
    Region target;
    Region source;
    if (!to_region(to, size, target) || !to_region(from, size, source) ||
        !spend(gas, GAS_COPY_WORD * words_of(target.size)) ||
        !spend_memory(f.memory, std::max(target.end(), source.end()), gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    if (target.size != 0) {
        std::memmove(f.memory.data() + target.offset, f.memory.data() + source.offset,
                     static_cast<size_t>(target.size));
    }
    return {gas};
}

template <bool TRACED>
OpResult op_mcopy(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    return copy_memory<TRACED>(m, f, sp, gas, sp[0], sp[-1], sp[-2]);
}

/// RETURN and REVERT leave with a part of memory.
template <bool TRACED>
[[gnu::noinline]] OpResult op_return(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    Region region;
    if (!to_region(sp[0], sp[-1], region) || !spend_memory(f.memory, region.end(), gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    f.output = {f.memory.data() + region.offset, static_cast<size_t>(region.size)};
    return {gas};
}

}  // namespace otento::evm
