// Word arithmetic of opcodes that uint256 does not name itself (Yellow Paper H.2, "0s" and "10s").
#pragma once

#include <otento/base/uint256.hpp>

namespace otento::evm {

/// SIGNEXTEND: `value`'s sign is the top bit of byte `index`, counted from the least significant.
[[nodiscard]] inline uint256 sign_extend(const uint256& index, const uint256& value) noexcept {
    if (!index.fits_u64() || index.low64() >= 31) {
        return value;
    }
    const unsigned bit = static_cast<unsigned>(index.low64()) * 8 + 7;
    const size_t limb = bit / 64;
    const unsigned shift = 63 - bit % 64;
    uint256 out = value;
    out.limbs[limb] =
        static_cast<uint64_t>(static_cast<int64_t>(value.limbs[limb] << shift) >> shift);
    const uint64_t fill = static_cast<uint64_t>(static_cast<int64_t>(out.limbs[limb]) >> 63);
    for (size_t i = limb + 1; i < 4; ++i) {
        out.limbs[i] = fill;
    }
    return out;
}

/// BYTE: byte `index` of `value`, counted from the most significant.
[[nodiscard]] inline uint64_t byte_at(const uint256& index, const uint256& value) noexcept {
    if (!index.fits_u64() || index.low64() >= 32) {
        return 0;
    }
    const unsigned from_low = 31 - static_cast<unsigned>(index.low64());
    return (value.limbs[from_low / 8] >> (8 * (from_low % 8))) & 0xff;
}

[[nodiscard]] inline bool signed_less(const uint256& a, const uint256& b) noexcept {
    const bool less = a < b;
    return a.negative() != b.negative() ? a.negative() : less;
}

/// SHL, SHR and SAR (EIP-145) with a shift of any size.
[[nodiscard]] inline uint256 shift_left(const uint256& shift, const uint256& value) noexcept {
    return shift.fits_u64() && shift.low64() < 256 ? value << static_cast<unsigned>(shift.low64())
                                                   : uint256{};
}
[[nodiscard]] inline uint256 shift_right(const uint256& shift, const uint256& value) noexcept {
    return shift.fits_u64() && shift.low64() < 256 ? value >> static_cast<unsigned>(shift.low64())
                                                   : uint256{};
}
[[nodiscard]] inline uint256 shift_right_arithmetic(const uint256& shift,
                                                    const uint256& value) noexcept {
    if (!value.negative()) {
        return shift_right(shift, value);
    }
    return ~shift_right(shift, ~value);
}

/// Bytes EXP pays for: those of the exponent without leading zeros.
[[nodiscard]] inline uint64_t exponent_bytes(const uint256& exponent) noexcept {
    return (exponent.bit_width() + 7) / 8;
}

}  // namespace otento::evm
