#include <otento/evm/precompile_gas.hpp>

#include <otento/base/uint256.hpp>

#include <array>

namespace otento::evm {
namespace {

using uint128 = unsigned __int128;

/// Longer operands are out of gas whatever gas there is, so that no allocation follows from them.
/// Their true price is over 10^9 (for an exponent) or 10^16 (for base and modulus).
constexpr uint64_t OPERAND_SIZE_MAX = uint64_t{1} << 32;

uint64_t saturating_multiply(uint64_t a, uint64_t b) noexcept {
    const uint128 product = static_cast<uint128>(a) * b;
    return product > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(product);
}

uint64_t saturating_add(uint64_t a, uint64_t b) noexcept {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/// Bits of the exponent's first 32 bytes, as far as the input holds them.
unsigned exponent_head_bits(const ModexpInput& in) noexcept {
    if (in.base_size >= in.rest.size()) {
        return 0;
    }
    const BytesView from_exponent = in.rest.subspan(static_cast<size_t>(in.base_size));
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(in.exponent_size, 32));
    uint8_t head[32] = {};
    const size_t have = std::min(wanted, from_exponent.size());
    if (have != 0) {
        std::memcpy(head, from_exponent.data(), have);
    }
    return uint256::from_be({head, wanted}).bit_width();
}

/// EIP-198's adjusted exponent length; `per_byte` is 8, from EIP-7883 on 16.
uint64_t iterations(const ModexpInput& in, uint64_t per_byte) noexcept {
    const unsigned bits = exponent_head_bits(in);
    uint64_t count = bits == 0 ? 0 : bits - 1;
    if (in.exponent_size > 32) {
        count = saturating_add(count, saturating_multiply(per_byte, in.exponent_size - 32));
    }
    return std::max<uint64_t>(count, 1);
}

bool too_long(const ModexpInput& in) noexcept {
    return std::max({in.base_size, in.exponent_size, in.modulus_size}) > OPERAND_SIZE_MAX;
}

uint64_t eip198_gas(const ModexpInput& in) noexcept {
    const uint64_t x = std::max(in.base_size, in.modulus_size);
    if (x == 0) {
        return 0;  // Whatever the exponent.
    }
    if (too_long(in)) {
        return UINT64_MAX;
    }
    uint64_t complexity = 0;
    if (x <= 64) {
        complexity = x * x;
    } else if (x <= 1024) {
        complexity = x * x / 4 + 96 * x - 3072;
    } else {
        complexity = x * x / 16 + 480 * x - 199680;
    }
    const uint128 gas = static_cast<uint128>(complexity) * iterations(in, 8) / 20;
    return gas > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(gas);
}

uint64_t eip2565_gas(const ModexpInput& in) noexcept {
    constexpr uint64_t GAS_MIN = 200;
    const uint64_t x = std::max(in.base_size, in.modulus_size);
    if (x == 0) {
        return GAS_MIN;
    }
    if (too_long(in)) {
        return UINT64_MAX;
    }
    const uint64_t words = (x + 7) / 8;
    const uint128 gas = static_cast<uint128>(words * words) * iterations(in, 8) / 3;
    return gas > UINT64_MAX ? UINT64_MAX : std::max(static_cast<uint64_t>(gas), GAS_MIN);
}

uint64_t eip7883_gas(const ModexpInput& in) noexcept {
    constexpr uint64_t GAS_MIN = 500;
    const uint64_t x = std::max(in.base_size, in.modulus_size);
    if (too_long(in)) {
        return UINT64_MAX;
    }
    const uint64_t words = (x + 7) / 8;
    const uint64_t complexity = x <= 32 ? 16 : 2 * words * words;
    return std::max(saturating_multiply(complexity, iterations(in, 16)), GAS_MIN);
}

// EIP-2537, thousandths by number of pairs.
constexpr std::array<uint16_t, 128> G1_DISCOUNT = {
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665,
    661,  658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615,
    613,  611, 609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585,
    584,  582, 581, 580, 579, 577, 576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563,
    562,  561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545,
    544,  543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529,
    528,  528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519};
constexpr std::array<uint16_t, 128> G2_DISCOUNT = {
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699,
    693,  688,  683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629,
    627,  624,  622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592,
    590,  589,  587, 586, 584, 583, 582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567,
    566,  565,  563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548,
    547,  546,  545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534, 533,
    532,  532,  531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524};

uint64_t msm_gas(uint64_t pairs, uint64_t multiplication,
                 const std::array<uint16_t, 128>& discount) noexcept {
    if (pairs == 0) {
        return 0;
    }
    const uint64_t share = discount[static_cast<size_t>(std::min<uint64_t>(pairs, 128) - 1)];
    return saturating_multiply(pairs, multiplication * share) / 1000;
}

}  // namespace

ModexpInput ModexpInput::parse(BytesView input) noexcept {
    uint8_t head[96] = {};
    const size_t have = std::min<size_t>(input.size(), 96);
    if (have != 0) {
        std::memcpy(head, input.data(), have);
    }
    return {.base_size = uint256::load_be32(head).saturate_u64(),
            .exponent_size = uint256::load_be32(head + 32).saturate_u64(),
            .modulus_size = uint256::load_be32(head + 64).saturate_u64(),
            .rest = input.subspan(have)};
}

uint64_t modexp_gas(BytesView input, Fork fork) noexcept {
    const ModexpInput in = ModexpInput::parse(input);
    if (fork >= Fork::osaka) {
        return eip7883_gas(in);
    }
    return fork >= Fork::berlin ? eip2565_gas(in) : eip198_gas(in);
}

uint64_t bls12_g1_msm_gas(uint64_t pairs) noexcept {
    return msm_gas(pairs, 12000, G1_DISCOUNT);
}
uint64_t bls12_g2_msm_gas(uint64_t pairs) noexcept {
    return msm_gas(pairs, 22500, G2_DISCOUNT);
}

}  // namespace otento::evm
