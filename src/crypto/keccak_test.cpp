// Every path of Keccak-256 against Crypto++, an independent implementation.
#include <otento/crypto/keccak.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/crypto/keccak_paths.hpp>
#include <otento/crypto/keccak_permutation.hpp>

#include <gtest/gtest.h>

#include <cryptopp/keccak.h>

#include <functional>

namespace otento::crypto {
namespace {

using namespace otento::literals;

Hash oracle(BytesView data) {
    CryptoPP::Keccak_256 hasher;
    hasher.Update(data.data(), data.size());
    Hash out;
    hasher.Final(out.data());
    return out;
}

Bytes random_bytes(Random& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out) {
        byte = static_cast<uint8_t>(random.next());
    }
    return out;
}

TEST(Keccak, hashes_the_known_strings) {
    EXPECT_EQ(keccak256({}),
              "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"_hash);
    EXPECT_EQ(keccak256(bytes_of("abc")),
              "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"_hash);
}

TEST(Keccak, agrees_with_cryptopp_at_every_length_over_three_blocks) {
    Random random(1);
    for (size_t size = 0; size <= 3 * 136 + 1; ++size) {
        const Bytes data = random_bytes(random, size);
        ASSERT_EQ(keccak256(data), oracle(data)) << "size " << size;
    }
}

TEST(Keccak, bmi2_permutation_agrees_with_the_portable_one) {
    const auto permute = keccak::available_paths().bmi2;
    if (permute == nullptr) {
        GTEST_SKIP() << "no BMI2 here";
    }
    Random random(4);
    for (int round = 0; round < 100; ++round) {
        uint64_t expected[keccak::STATE_WORDS];
        uint64_t actual[keccak::STATE_WORDS];
        for (size_t i = 0; i < keccak::STATE_WORDS; ++i) {
            expected[i] = actual[i] = random.next();
        }
        keccak::permute(expected);
        permute(actual);
        ASSERT_TRUE(std::equal(std::begin(expected), std::end(expected), std::begin(actual)));
    }
}

TEST(Keccak, pieces_give_the_hash_of_the_whole) {
    Random random(2);
    for (int round = 0; round < 200; ++round) {
        const Bytes data = random_bytes(random, random.below(1000));
        Keccak256 hasher;
        BytesView rest = data;
        while (!rest.empty()) {
            const size_t n = static_cast<size_t>(random.below(rest.size() + 1));
            hasher.update(rest.first(n));
            rest = rest.subspan(n);
        }
        ASSERT_EQ(hasher.finish(), keccak256(data)) << "size " << data.size();
    }
}

using ManyHasher = std::function<void(const std::vector<BytesView>&, std::vector<Hash>&)>;

ManyHasher hasher_of(keccak::ManyFunction function) {
    return [function](const std::vector<BytesView>& views, std::vector<Hash>& out) {
        std::vector<keccak::Input> inputs;
        for (const BytesView view : views) {
            inputs.push_back({view.data(), view.size()});
        }
        function(inputs.data(), inputs.size(), out.empty() ? nullptr : out[0].data());
    };
}

void expect_agreement(const ManyHasher& hasher) {
    Random random(3);
    for (size_t count = 0; count <= 140; count += count < 40 ? 1 : 13) {
        std::vector<Bytes> data;
        for (size_t i = 0; i < count; ++i) {
            data.push_back(random_bytes(random, random.below(i % 3 == 0 ? 700 : 137)));
        }
        const std::vector<BytesView> views(data.begin(), data.end());
        std::vector<Hash> hashes(count);
        hasher(views, hashes);
        for (size_t i = 0; i < count; ++i) {
            ASSERT_EQ(hashes[i], oracle(data[i])) << "input " << i << " of " << count;
        }
    }
}

TEST(KeccakMany, agrees_with_cryptopp_for_every_count_and_mixed_lengths) {
    expect_agreement([](const std::vector<BytesView>& views, std::vector<Hash>& out) {
        keccak256_many(views.data(), views.size(), out.data());
    });
}

TEST(KeccakMany, avx2_path_agrees_with_cryptopp) {
    const auto paths = keccak::available_paths();
    if (paths.avx2 == nullptr) {
        GTEST_SKIP() << "no AVX2 here";
    }
    expect_agreement(hasher_of(paths.avx2));
}

TEST(KeccakMany, avx512_path_agrees_with_cryptopp) {
    const auto paths = keccak::available_paths();
    if (paths.avx512 == nullptr) {
        GTEST_SKIP() << "no AVX-512 here";
    }
    expect_agreement(hasher_of(paths.avx512));
}

}  // namespace
}  // namespace otento::crypto
