// The precompiles against the vectors of MANIFEST.md 3.5: go-ethereum's precompile tests and
// c-kzg-4844's.
#include <otento/crypto/precompiles.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/uint256.hpp>
#include <otento/crypto/testing/vectors.hpp>

#include <gtest/gtest.h>

#include <simdjson.h>

#include <fstream>
#include <functional>

namespace otento::crypto {
namespace {

using testing::UnpackedVectors;
namespace dom = simdjson::dom;

using Output = std::optional<Bytes>;
using Precompile = std::function<Output(BytesView)>;

template <size_t N>
Output to_output(const std::optional<FixedBytes<N>>& in) {
    return in ? Output(to_bytes(*in)) : std::nullopt;
}

Output word(bool value) {
    Bytes out(32);
    out[31] = value ? 1 : 0;
    return out;
}

/// Cut or padded with zeros, as the caller of the precompile does.
Bytes resized(BytesView in, size_t size) {
    Bytes out = to_bytes(in);
    out.resize(size);
    return out;
}

Output modexp_of_input(BytesView in) {
    const Bytes lengths = resized(in, 96);
    size_t size[3] = {};
    for (size_t i = 0; i < 3; ++i) {
        size[i] = static_cast<size_t>(uint256::load_be32(lengths.data() + 32 * i).low64());
    }
    const Bytes data =
        resized(in.size() > 96 ? in.subspan(96) : BytesView{}, size[0] + size[1] + size[2]);
    const BytesView view = data;
    return modexp(view.first(size[0]), view.subspan(size[0], size[1]),
                  view.subspan(size[0] + size[1]));
}

const std::pair<const char*, Precompile> PRECOMPILES[] = {
    {"blake2F", [](BytesView in) { return to_output(blake2f(in)); }},
    {"blsG1Add", bls12_g1_add},
    {"blsG1Mul", bls12_g1_msm},
    {"blsG1MultiExp", bls12_g1_msm},
    {"blsG2Add", bls12_g2_add},
    {"blsG2Mul", bls12_g2_msm},
    {"blsG2MultiExp", bls12_g2_msm},
    {"blsMapG1", bls12_map_fp_to_g1},
    {"blsMapG2", bls12_map_fp2_to_g2},
    {"blsPairing", bls12_pairing},
    {"bn256Add", [](BytesView in) { return to_output(bn254_add(resized(in, 128))); }},
    {"bn256ScalarMul", [](BytesView in) { return to_output(bn254_mul(resized(in, 96))); }},
    {"bn256Pairing",
     [](BytesView in) {
         const auto result = bn254_pairing(in);
         return result ? word(*result) : std::nullopt;
     }},
    {"modexp", modexp_of_input},
    {"modexp_eip2565", modexp_of_input},
    {"modexp_eip7883", modexp_of_input},
    {"p256Verify", [](BytesView in) { return p256_verify(in) ? word(true) : Output(Bytes{}); }},
    {"pointEvaluation", [](BytesView in) { return to_output(kzg_point_evaluation(in)); }},
    {"fail-blake2f", [](BytesView in) { return to_output(blake2f(in)); }},
    {"fail-blsG1Add", bls12_g1_add},
    {"fail-blsG1Mul", bls12_g1_msm},
    {"fail-blsG1MultiExp", bls12_g1_msm},
    {"fail-blsG2Add", bls12_g2_add},
    {"fail-blsG2Mul", bls12_g2_msm},
    {"fail-blsG2MultiExp", bls12_g2_msm},
    {"fail-blsMapG1", bls12_map_fp_to_g1},
    {"fail-blsMapG2", bls12_map_fp2_to_g2},
    {"fail-blsPairing", bls12_pairing},
};

TEST(Precompiles, agree_with_the_public_vectors) {
    const UnpackedVectors vectors("precompiles", "precompiles/precompiles");
    if (!vectors.available()) {
        GTEST_SKIP() << "no vectors";
    }
    size_t count = 0;
    for (const auto& [file, precompile] : PRECOMPILES) {
        dom::parser parser;
        const dom::array tests = parser.load(
            (vectors / ("precompiles/precompiles/" + std::string(file) + ".json")).string());
        for (const auto test : tests) {
            SCOPED_TRACE(std::string(file) + " " + std::string(test["Name"].get_string().value()));
            const auto in = from_hex(test["Input"].get_string().value());
            ASSERT_TRUE(in.has_value());
            const Output out = precompile(*in);
            std::string_view expected;
            ++count;
            if (test["Expected"].get(expected) != simdjson::SUCCESS) {
                EXPECT_FALSE(out.has_value());
            } else if (out) {
                EXPECT_EQ(to_hex(*out), expected);
            } else {
                ADD_FAILURE() << "failed";
            }
        }
    }
    EXPECT_GT(count, 1000U);
}

/// The value of `name: '0x…'` or `name: word` in a YAML file of these vectors.
std::string yaml_field(const std::string& text, const std::string& name) {
    const size_t at = text.find(name + ": ");
    if (at == std::string::npos) {
        return {};
    }
    const size_t start = at + name.size() + 2;
    std::string value = text.substr(start, text.find_first_of(",}\n", start) - start);
    std::erase(value, '\'');
    std::erase(value, '"');
    return value;
}

TEST(Precompiles, point_evaluation_agrees_with_the_kzg_vectors) {
    const UnpackedVectors vectors("kzg", "kzg/tests");
    if (!vectors.available()) {
        GTEST_SKIP() << "no vectors";
    }
    size_t valid = 0;
    size_t invalid = 0;
    for (const auto& path : vectors.files("kzg/tests", ".yaml")) {
        SCOPED_TRACE(path.string());
        std::ifstream file(path);
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        const auto commitment = from_hex(yaml_field(text, "commitment"));
        ASSERT_TRUE(commitment.has_value());
        Hash versioned_hash = sha256(*commitment);
        versioned_hash[0] = 1;
        Bytes in = to_bytes(versioned_hash);
        for (const char* name : {"z", "y", "commitment", "proof"}) {
            const auto field = from_hex(yaml_field(text, name));
            ASSERT_TRUE(field.has_value());
            append(in, *field);
        }
        const bool expected = yaml_field(text, "output") == "true";
        EXPECT_EQ(kzg_point_evaluation(in).has_value(), expected);
        ++(expected ? valid : invalid);
    }
    EXPECT_GT(valid, 20U);
    EXPECT_GT(invalid, 20U);
}

TEST(Precompiles, point_evaluation_checks_the_versioned_hash) {
    // Zero polynomial: commitment and proof are infinity.
    Bytes in(192);
    in[96] = 0xc0;
    in[144] = 0xc0;
    EXPECT_FALSE(kzg_point_evaluation(in).has_value());
    Hash versioned_hash = sha256(BytesView(in).subspan(96, 48));
    versioned_hash[0] = 1;
    std::copy(versioned_hash.begin(), versioned_hash.end(), in.begin());
    EXPECT_TRUE(kzg_point_evaluation(in).has_value());
    in[0] = 2;
    EXPECT_FALSE(kzg_point_evaluation(in).has_value());
}

TEST(Precompiles, wrong_sizes_fail_without_reading_further) {
    for (size_t size = 0; size < 600; ++size) {
        const Bytes in(size);
        EXPECT_TRUE(size == 213 || !blake2f(in));
        EXPECT_TRUE(size == 128 || !bn254_add(in));
        EXPECT_TRUE(size == 96 || !bn254_mul(in));
        EXPECT_TRUE(size % 192 == 0 || !bn254_pairing(in));
        EXPECT_FALSE(kzg_point_evaluation(in));
        EXPECT_FALSE(p256_verify(in));
        EXPECT_EQ(bls12_g1_add(in).has_value(), size == 256);
        EXPECT_EQ(bls12_g2_add(in).has_value(), size == 512);
        EXPECT_EQ(bls12_g1_msm(in).has_value(), size != 0 && size % 160 == 0);
        EXPECT_EQ(bls12_g2_msm(in).has_value(), size != 0 && size % 288 == 0);
        EXPECT_EQ(bls12_pairing(in).has_value(), size != 0 && size % 384 == 0);
        EXPECT_EQ(bls12_map_fp_to_g1(in).has_value(), size == 64);
        EXPECT_EQ(bls12_map_fp2_to_g2(in).has_value(), size == 128);
    }
}

TEST(Modexp, edge_values) {
    const Bytes two = {2};
    const Bytes one = {1};
    EXPECT_EQ(modexp(two, two, {}), Bytes{});
    EXPECT_EQ(modexp(two, two, Bytes(3)), Bytes(3)) << "zero modulus";
    EXPECT_EQ(modexp({}, {}, Bytes{0, 7}), (Bytes{0, 1})) << "0 ^ 0 = 1";
    EXPECT_EQ(modexp({}, {}, one), Bytes{0}) << "everything is 0 modulo 1";
    EXPECT_EQ(modexp(two, Bytes{0, 0, 10}, Bytes{0, 4, 0}), (Bytes{0, 0, 0})) << "even modulus";
    EXPECT_EQ(modexp(Bytes(40, 0xff), two, Bytes{1, 0, 0}), (Bytes{0, 0, 1}));
}

}  // namespace
}  // namespace otento::crypto
