// The precompiles' outputs and prices, and arithmetic opcode pairs: archive precompiles,
// MANIFEST 3.5.
#include <otento/evm/precompile.hpp>
#include <otento/evm/testing/evm_fixture.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/testing/vectors.hpp>

#include <simdjson.h>

namespace otento::evm::testing {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

const crypto::testing::UnpackedVectors& vectors() {
    static const crypto::testing::UnpackedVectors unpacked{"precompiles"};
    return unpacked;
}

Bytes bytes(const element& e, const char* key) {
    return from_hex(e[key].get_string().value()).value();
}

struct PrecompileFile {
    const char* name;
    unsigned number;
    Fork fork;
};

class PrecompileVectors : public ::testing::TestWithParam<PrecompileFile> {
  protected:
    simdjson::dom::parser parser_;
    array load(const std::string& name) {
        return parser_.load((vectors() / "precompiles/precompiles" / (name + ".json")).string())
            .value()
            .get_array()
            .value();
    }
};

TEST_P(PrecompileVectors, give_output_and_price) {
    if (!vectors().available()) {
        GTEST_SKIP() << "archive precompiles is absent";
    }
    const PrecompileFile& file = GetParam();
    const Precompile* const precompile =
        find_precompile(uint256{file.number}.to_address(), file.fork);
    ASSERT_NE(precompile, nullptr);
    size_t count = 0;
    for (const element e : load(file.name)) {
        const Bytes input = bytes(e, "Input");
        Bytes output;
        EXPECT_TRUE(precompile->run(input, file.fork, output));
        EXPECT_EQ(to_hex(output), to_hex(bytes(e, "Expected"))) << e["Name"];
        EXPECT_EQ(precompile->gas(input, file.fork), e["Gas"].get_uint64().value()) << e["Name"];
        ++count;
    }
    EXPECT_GT(count, 0U);
}

INSTANTIATE_TEST_SUITE_P(Files, PrecompileVectors,
                         ::testing::Values(PrecompileFile{"ecRecover", 1, Fork::frontier},
                                           PrecompileFile{"modexp", 5, Fork::byzantium},
                                           PrecompileFile{"modexp_eip2565", 5, Fork::berlin},
                                           PrecompileFile{"modexp_eip7883", 5, Fork::osaka},
                                           PrecompileFile{"bn256Add", 6, Fork::istanbul},
                                           PrecompileFile{"bn256ScalarMul", 7, Fork::istanbul},
                                           PrecompileFile{"bn256Pairing", 8, Fork::istanbul},
                                           PrecompileFile{"blake2F", 9, Fork::istanbul},
                                           PrecompileFile{"pointEvaluation", 10, Fork::cancun},
                                           PrecompileFile{"blsG1Add", 11, Fork::prague},
                                           PrecompileFile{"blsG1Mul", 12, Fork::prague},
                                           PrecompileFile{"blsG1MultiExp", 12, Fork::prague},
                                           PrecompileFile{"blsG2Add", 13, Fork::prague},
                                           PrecompileFile{"blsG2Mul", 14, Fork::prague},
                                           PrecompileFile{"blsG2MultiExp", 14, Fork::prague},
                                           PrecompileFile{"blsPairing", 15, Fork::prague},
                                           PrecompileFile{"blsMapG1", 16, Fork::prague},
                                           PrecompileFile{"blsMapG2", 17, Fork::prague},
                                           PrecompileFile{"p256Verify", 0x100, Fork::osaka}),
                         [](const auto& file) { return std::string{file.param.name}; });

class PrecompileFailures : public PrecompileVectors {};

TEST_P(PrecompileFailures, fail) {
    if (!vectors().available()) {
        GTEST_SKIP() << "archive precompiles is absent";
    }
    const PrecompileFile& file = GetParam();
    const Precompile* const precompile =
        find_precompile(uint256{file.number}.to_address(), file.fork);
    ASSERT_NE(precompile, nullptr);
    for (const element e : load(file.name)) {
        Bytes output;
        EXPECT_FALSE(precompile->run(bytes(e, "Input"), file.fork, output)) << e["Name"];
    }
}

INSTANTIATE_TEST_SUITE_P(Files, PrecompileFailures,
                         ::testing::Values(PrecompileFile{"fail-blake2f", 9, Fork::istanbul},
                                           PrecompileFile{"fail-blsG1Add", 11, Fork::prague},
                                           PrecompileFile{"fail-blsG1Mul", 12, Fork::prague},
                                           PrecompileFile{"fail-blsG1MultiExp", 12, Fork::prague},
                                           PrecompileFile{"fail-blsG2Add", 13, Fork::prague},
                                           PrecompileFile{"fail-blsG2Mul", 14, Fork::prague},
                                           PrecompileFile{"fail-blsG2MultiExp", 14, Fork::prague},
                                           PrecompileFile{"fail-blsPairing", 15, Fork::prague},
                                           PrecompileFile{"fail-blsMapG1", 16, Fork::prague},
                                           PrecompileFile{"fail-blsMapG2", 17, Fork::prague}),
                         [](const auto& file) {
                             return std::string{file.param.name}.substr(sizeof "fail-" - 1);
                         });

class OpcodeVectors : public EvmTest,
                      public ::testing::WithParamInterface<std::pair<const char*, Opcode>> {};

TEST_P(OpcodeVectors, compute_the_expected_word) {
    if (!vectors().available()) {
        GTEST_SKIP() << "archive precompiles is absent";
    }
    const auto [name, op] = GetParam();
    simdjson::dom::parser parser;
    const element document =
        parser
            .load((vectors() / "precompiles/opcodes" / (std::string{"testcases_"} + name + ".json"))
                      .string())
            .value();
    const array cases = document.get_array().value();
    for (const element e : cases) {
        const Bytes x = bytes(e, "X");
        const Bytes y = bytes(e, "Y");
        const uint256 got = word_of(Program{} << OP_PUSH32 << x << OP_PUSH32 << y << op);
        ASSERT_EQ(to_hex(got.to_be()), to_hex(bytes(e, "Expected")))
            << name << ' ' << to_hex(x) << ' ' << to_hex(y);
    }
}

INSTANTIATE_TEST_SUITE_P(Files, OpcodeVectors,
                         ::testing::Values(std::pair{"add", OP_ADD}, std::pair{"and", OP_AND},
                                           std::pair{"byte", OP_BYTE}, std::pair{"div", OP_DIV},
                                           std::pair{"eq", OP_EQ}, std::pair{"exp", OP_EXP},
                                           std::pair{"gt", OP_GT}, std::pair{"lt", OP_LT},
                                           std::pair{"mod", OP_MOD}, std::pair{"mul", OP_MUL},
                                           std::pair{"or", OP_OR}, std::pair{"sar", OP_SAR},
                                           std::pair{"sdiv", OP_SDIV}, std::pair{"sgt", OP_SGT},
                                           std::pair{"shl", OP_SHL}, std::pair{"shr", OP_SHR},
                                           std::pair{"signext", OP_SIGNEXTEND},
                                           std::pair{"slt", OP_SLT}, std::pair{"smod", OP_SMOD},
                                           std::pair{"sub", OP_SUB}, std::pair{"xor", OP_XOR}),
                         [](const auto& file) { return std::string{file.param.first}; });

}  // namespace
}  // namespace otento::evm::testing
