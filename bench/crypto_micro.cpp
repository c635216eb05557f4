// Micro-benchmarks (Google Benchmark) of hashing, signatures, RLP and the precompiles.
#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/precompiles.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/types/transaction.hpp>

#include <benchmark/benchmark.h>

namespace otento {
namespace {

Bytes pattern(size_t size) {
    Bytes out(size);
    for (size_t i = 0; i < size; ++i) {
        out[i] = static_cast<uint8_t>(i * 167 + 13);
    }
    return out;
}

void keccak256(benchmark::State& state) {
    const Bytes input = pattern(static_cast<size_t>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(crypto::keccak256(input));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(keccak256)->Arg(32)->Arg(64)->Arg(136)->Arg(4096);

void keccak256_many(benchmark::State& state) {
    const auto count = static_cast<size_t>(state.range(0));
    const Bytes input = pattern(32);
    const std::vector<BytesView> inputs(count, BytesView{input});
    std::vector<Hash> outputs(count);
    for (auto _ : state) {
        crypto::keccak256_many(inputs.data(), count, outputs.data());
        benchmark::DoNotOptimize(outputs.data());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(keccak256_many)->Arg(2)->Arg(8)->Arg(64);

void recover(benchmark::State& state) {
    const Hash hash = crypto::keccak256(bytes_of("message"));
    const auto signature = crypto::sign(hash, crypto::keccak256(bytes_of("key"))).value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(crypto::recover(hash, signature));
    }
}
BENCHMARK(recover);

types::Transaction transfer() {
    types::Transaction tx;
    tx.nonce = 7;
    tx.gas_limit = 21'000;
    tx.to = Address{{1}};
    tx.value = 1'000'000'000;
    tx.r = uint256::from(crypto::keccak256(bytes_of("r")));
    tx.s = uint256::from(crypto::keccak256(bytes_of("s")));
    return tx;
}

void encode_transaction(benchmark::State& state) {
    const types::Transaction tx = transfer();
    for (auto _ : state) {
        benchmark::DoNotOptimize(types::encode_transaction(tx));
    }
}
BENCHMARK(encode_transaction);

void decode_transaction(benchmark::State& state) {
    const Bytes encoded = types::encode_transaction(transfer());
    for (auto _ : state) {
        benchmark::DoNotOptimize(types::decode_transaction(encoded));
    }
}
BENCHMARK(decode_transaction);

// Precompiles.

/// Words of an input, one after the other.
Bytes words(std::initializer_list<std::string_view> numbers) {
    Bytes out;
    for (const std::string_view number : numbers) {
        const Hash word = uint256::parse(number).value().to_be();
        out.insert(out.end(), word.begin(), word.end());
    }
    return out;
}

Bytes joined(std::initializer_list<BytesView> parts) {
    Bytes out;
    for (const BytesView part : parts) {
        out.insert(out.end(), part.begin(), part.end());
    }
    return out;
}

template <auto FUNCTION>
void run(benchmark::State& state, BytesView input) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(FUNCTION(input));
    }
}

void sha256(benchmark::State& state) {
    run<crypto::sha256>(state, pattern(static_cast<size_t>(state.range(0))));
}
BENCHMARK(sha256)->Arg(64)->Arg(4096);

void ripemd160(benchmark::State& state) {
    run<crypto::ripemd160>(state, pattern(static_cast<size_t>(state.range(0))));
}
BENCHMARK(ripemd160)->Arg(64)->Arg(4096);

/// Base, exponent and odd modulus of as many bytes.
void modexp(benchmark::State& state) {
    Bytes operand = pattern(static_cast<size_t>(state.range(0)));
    operand.back() |= 1;
    Bytes modulus = operand;
    modulus.front() = 0xff;
    for (auto _ : state) {
        benchmark::DoNotOptimize(crypto::modexp(operand, operand, modulus));
    }
}
BENCHMARK(modexp)->Arg(32)->Arg(256);

void blake2f(benchmark::State& state) {
    Bytes input = pattern(213);
    store_be(input.data(), static_cast<uint32_t>(state.range(0)));
    input.back() = 1;
    run<crypto::blake2f>(state, input);
}
BENCHMARK(blake2f)->Arg(12)->Arg(1200);

void bn254_add(benchmark::State& state) {
    run<crypto::bn254_add>(state, words({"1", "2", "1", "2"}));
}
BENCHMARK(bn254_add);

void bn254_mul(benchmark::State& state) {
    run<crypto::bn254_mul>(
        state,
        words({"1", "2", "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000"}));
}
BENCHMARK(bn254_mul);

/// Pairs of the two generators.
void bn254_pairing(benchmark::State& state) {
    const Bytes pair =
        words({"1", "2", "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
               "0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
               "0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
               "0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"});
    Bytes input;
    for (int64_t i = 0; i < state.range(0); ++i) {
        input.insert(input.end(), pair.begin(), pair.end());
    }
    run<crypto::bn254_pairing>(state, input);
}
BENCHMARK(bn254_pairing)->Arg(1)->Arg(2)->Arg(8);

/// Some points of the two subgroups.
Bytes g1_point(uint8_t seed) {
    Bytes element(64);
    element.back() = seed;
    return crypto::bls12_map_fp_to_g1(element).value();
}
Bytes g2_point(uint8_t seed) {
    Bytes element(128);
    element.back() = seed;
    return crypto::bls12_map_fp2_to_g2(element).value();
}

void bls12_g1_add(benchmark::State& state) {
    run<crypto::bls12_g1_add>(state, joined({g1_point(1), g1_point(2)}));
}
BENCHMARK(bls12_g1_add);

void bls12_g1_msm(benchmark::State& state) {
    Bytes input;
    for (int64_t i = 0; i < state.range(0); ++i) {
        const Bytes point = g1_point(static_cast<uint8_t>(i + 1));
        const Hash factor = crypto::keccak256(point);
        input.insert(input.end(), point.begin(), point.end());
        input.insert(input.end(), factor.begin(), factor.end());
    }
    run<crypto::bls12_g1_msm>(state, input);
}
BENCHMARK(bls12_g1_msm)->Arg(1)->Arg(32);

void bls12_g2_add(benchmark::State& state) {
    run<crypto::bls12_g2_add>(state, joined({g2_point(1), g2_point(2)}));
}
BENCHMARK(bls12_g2_add);

void bls12_pairing(benchmark::State& state) {
    run<crypto::bls12_pairing>(state, joined({g1_point(1), g2_point(1), g1_point(2), g2_point(2)}));
}
BENCHMARK(bls12_pairing);

}  // namespace
}  // namespace otento
