#include <otento/evm/precompile.hpp>

#include <otento/evm/evm.hpp>
#include <otento/evm/precompile_gas.hpp>

#include <otento/crypto/precompiles.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <array>

namespace otento::evm {
namespace {

template <uint64_t COST>
uint64_t constant_gas(BytesView, Fork) {
    return COST;
}

template <uint64_t BASE, uint64_t WORD>
uint64_t gas_by_words(BytesView input, Fork) {
    return BASE + WORD * ((input.size() + 31) / 32);
}

/// `input` cut or right-padded with zeros to N bytes.
template <size_t N>
FixedBytes<N> fitted(BytesView input) noexcept {
    FixedBytes<N> out;
    const size_t n = std::min(N, input.size());
    if (n != 0) {
        std::memcpy(out.data(), input.data(), n);
    }
    return out;
}

template <typename T>
bool give(const std::optional<T>& result, Bytes& output) {
    if (!result) {
        return false;
    }
    output.assign(result->begin(), result->end());
    return true;
}

/// The 32-byte word 0 or 1.
void give_bool(bool value, Bytes& output) {
    output.assign(32, 0);
    output[31] = value ? 1 : 0;
}

bool run_ecrecover(BytesView input, Fork, Bytes& output) {
    output.clear();
    const uint256 v = input.size() < 64 ? uint256{} : uint256::load_be32(input.data() + 32);
    if (v != 27 && v != 28) {
        return true;  // Before anything is copied. No prefix of a word is a v.
    }
    const FixedBytes<128> in = fitted<128>(input);
    const BytesView view = in;
    const crypto::Signature signature{.r = uint256::load_be32(in.data() + 64),
                                      .s = uint256::load_be32(in.data() + 96),
                                      .y_parity = v == 28};
    if (const auto key = crypto::recover(Hash::from(view.first(32)), signature)) {
        const Address address = crypto::address_of(*key);
        output.assign(12, 0);
        append(output, address);
    }
    return true;
}

bool run_sha256(BytesView input, Fork, Bytes& output) {
    const Hash digest = crypto::sha256(input);
    output.assign(digest.begin(), digest.end());
    return true;
}

bool run_ripemd160(BytesView input, Fork, Bytes& output) {
    const FixedBytes<20> digest = crypto::ripemd160(input);
    output.assign(12, 0);
    append(output, digest);
    return true;
}

bool run_identity(BytesView input, Fork, Bytes& output) {
    output.assign(input.begin(), input.end());
    return true;
}

/// `size` bytes of `rest` from `offset`, zeros where it ends. Gas has bounded `size`.
Bytes padded_slice(BytesView rest, uint64_t offset, uint64_t size) {
    Bytes out(static_cast<size_t>(size));
    if (offset < rest.size()) {
        const BytesView there = rest.subspan(static_cast<size_t>(offset));
        const size_t n = std::min(there.size(), out.size());
        if (n != 0) {
            std::memcpy(out.data(), there.data(), n);
        }
    }
    return out;
}

bool run_modexp(BytesView input, Fork fork, Bytes& output) {
    constexpr uint64_t EIP7823_SIZE_MAX = 1024;
    const ModexpInput in = ModexpInput::parse(input);
    if (fork >= Fork::osaka &&
        (in.base_size > EIP7823_SIZE_MAX || in.exponent_size > EIP7823_SIZE_MAX ||
         in.modulus_size > EIP7823_SIZE_MAX)) {
        return false;
    }
    output.clear();
    // Without modulus and base every exponent length is affordable, and none is needed.
    if (in.modulus_size == 0) {
        return true;
    }
    const Bytes base = padded_slice(in.rest, 0, in.base_size);
    const Bytes exponent = padded_slice(in.rest, in.base_size, in.exponent_size);
    const Bytes modulus = padded_slice(in.rest, in.base_size + in.exponent_size, in.modulus_size);
    output = crypto::modexp(base, exponent, modulus);
    return true;
}

uint64_t bn_add_gas(BytesView, Fork fork) {
    return fork >= Fork::istanbul ? 150 : 500;
}
uint64_t bn_mul_gas(BytesView, Fork fork) {
    return fork >= Fork::istanbul ? 6000 : 40000;
}
uint64_t bn_pairing_gas(BytesView input, Fork fork) {
    const uint64_t pairs = input.size() / 192;
    return fork >= Fork::istanbul ? 45000 + 34000 * pairs : 100000 + 80000 * pairs;
}

bool run_bn_add(BytesView input, Fork, Bytes& output) {
    return give(crypto::bn254_add(fitted<128>(input)), output);
}

bool run_bn_mul(BytesView input, Fork, Bytes& output) {
    return give(crypto::bn254_mul(fitted<96>(input)), output);
}

bool run_bn_pairing(BytesView input, Fork, Bytes& output) {
    if (input.size() % 192 != 0) {
        return false;
    }
    const std::optional<bool> result = crypto::bn254_pairing(input);
    if (result) {
        give_bool(*result, output);
    }
    return result.has_value();
}

constexpr size_t BLAKE2F_INPUT_SIZE = 213;

uint64_t blake2f_gas(BytesView input, Fork) {
    return input.size() == BLAKE2F_INPUT_SIZE ? load_be<uint32_t>(input.data()) : 0;
}

bool run_blake2f(BytesView input, Fork, Bytes& output) {
    return input.size() == BLAKE2F_INPUT_SIZE && give(crypto::blake2f(input), output);
}

bool run_point_evaluation(BytesView input, Fork, Bytes& output) {
    return input.size() == 192 && give(crypto::kzg_point_evaluation(input), output);
}

constexpr size_t G1_PAIR_SIZE = 160;
constexpr size_t G2_PAIR_SIZE = 288;
constexpr size_t PAIRING_SIZE = 384;

uint64_t g1_msm_gas(BytesView input, Fork) {
    return bls12_g1_msm_gas(input.size() / G1_PAIR_SIZE);
}
uint64_t g2_msm_gas(BytesView input, Fork) {
    return bls12_g2_msm_gas(input.size() / G2_PAIR_SIZE);
}
uint64_t bls_pairing_gas(BytesView input, Fork) {
    return 37700 + 32600 * (input.size() / PAIRING_SIZE);
}

bool run_g1_add(BytesView input, Fork, Bytes& output) {
    return input.size() == 256 && give(crypto::bls12_g1_add(input), output);
}
bool run_g1_msm(BytesView input, Fork, Bytes& output) {
    return !input.empty() && input.size() % G1_PAIR_SIZE == 0 &&
           give(crypto::bls12_g1_msm(input), output);
}
bool run_g2_add(BytesView input, Fork, Bytes& output) {
    return input.size() == 512 && give(crypto::bls12_g2_add(input), output);
}
bool run_g2_msm(BytesView input, Fork, Bytes& output) {
    return !input.empty() && input.size() % G2_PAIR_SIZE == 0 &&
           give(crypto::bls12_g2_msm(input), output);
}
bool run_bls_pairing(BytesView input, Fork, Bytes& output) {
    return !input.empty() && input.size() % PAIRING_SIZE == 0 &&
           give(crypto::bls12_pairing(input), output);
}
bool run_map_fp_to_g1(BytesView input, Fork, Bytes& output) {
    return input.size() == 64 && give(crypto::bls12_map_fp_to_g1(input), output);
}
bool run_map_fp2_to_g2(BytesView input, Fork, Bytes& output) {
    return input.size() == 128 && give(crypto::bls12_map_fp2_to_g2(input), output);
}

bool run_p256_verify(BytesView input, Fork, Bytes& output) {
    output.clear();
    if (input.size() == 160 && crypto::p256_verify(input)) {
        give_bool(true, output);
    }
    return true;
}

/// Addresses 0x01 to 0x11 in order.
constexpr std::array LOW_PRECOMPILES = {
    Precompile{Fork::frontier, constant_gas<3000>, run_ecrecover},
    Precompile{Fork::frontier, gas_by_words<60, 12>, run_sha256},
    Precompile{Fork::frontier, gas_by_words<600, 120>, run_ripemd160},
    Precompile{Fork::frontier, gas_by_words<15, 3>, run_identity},
    Precompile{Fork::byzantium, modexp_gas, run_modexp, true},
    Precompile{Fork::byzantium, bn_add_gas, run_bn_add},
    Precompile{Fork::byzantium, bn_mul_gas, run_bn_mul},
    Precompile{Fork::byzantium, bn_pairing_gas, run_bn_pairing},
    Precompile{Fork::istanbul, blake2f_gas, run_blake2f},
    Precompile{Fork::cancun, constant_gas<50000>, run_point_evaluation},
    Precompile{Fork::prague, constant_gas<375>, run_g1_add},
    Precompile{Fork::prague, g1_msm_gas, run_g1_msm},
    Precompile{Fork::prague, constant_gas<600>, run_g2_add},
    Precompile{Fork::prague, g2_msm_gas, run_g2_msm},
    Precompile{Fork::prague, bls_pairing_gas, run_bls_pairing},
    Precompile{Fork::prague, constant_gas<5500>, run_map_fp_to_g1},
    Precompile{Fork::prague, constant_gas<23800>, run_map_fp2_to_g2},
};
/// Address 0x100.
constexpr Precompile P256_VERIFY{Fork::osaka, constant_gas<6900>, run_p256_verify};
constexpr unsigned P256_VERIFY_NUMBER = 0x100;

Address address_of_number(unsigned number) noexcept {
    return uint256{number}.to_address();
}

}  // namespace

const Precompile* find_precompile(const Address& address, Fork fork) noexcept {
    // Almost every address ends the search in its first eight bytes.
    uint64_t head[2];
    std::memcpy(head, address.data(), sizeof head);
    if ((head[0] | head[1]) != 0) {
        return nullptr;
    }
    const uint32_t number = load_be<uint32_t>(address.data() + 16);
    const Precompile* found = nullptr;
    if (number >= 1 && number <= LOW_PRECOMPILES.size()) {
        found = &LOW_PRECOMPILES[number - 1];
    } else if (number == P256_VERIFY_NUMBER) {
        found = &P256_VERIFY;
    }
    return found != nullptr && fork >= found->since ? found : nullptr;
}

bool is_precompile(const Address& address, Fork fork) noexcept {
    return find_precompile(address, fork) != nullptr;
}

std::vector<Address> precompile_addresses(Fork fork) {
    std::vector<Address> out;
    for (unsigned number = 1; number <= P256_VERIFY_NUMBER; ++number) {
        const Address address = address_of_number(number);
        if (is_precompile(address, fork)) {
            out.push_back(address);
        }
    }
    return out;
}

}  // namespace otento::evm
