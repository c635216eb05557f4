// One test or more per EIP that changed opcodes, named by its number.
#include <otento/evm/testing/evm_fixture.hpp>

#include <otento/base/hex.hpp>

namespace otento::evm::testing {
namespace {

using namespace otento::literals;

const uint256 MAX = ~uint256{};

using Eips = EvmTest;

TEST_F(Eips, eip140_revert_keeps_gas_and_gives_data) {
    const CallResult result = run(Program{} << sstore(1, 1) << push(0xab) << push(0) << OP_MSTORE
                                            << push(32) << push(0) << OP_REVERT);
    EXPECT_EQ(result.status, Status::revert);
    EXPECT_GT(result.gas_left, 9'000'000U);
    EXPECT_EQ(uint256::load_be32(result.output.data()), uint256{0xab});
    EXPECT_EQ(slot(SELF, 1), uint256{});
}

TEST_F(Eips, eip145_shifts) {
    EXPECT_EQ(word_of(Program{} << push(1) << push(255) << OP_SHL), uint256{1} << 255);
    EXPECT_EQ(word_of(Program{} << push(1) << push(256) << OP_SHL), uint256{});
    EXPECT_EQ(word_of(Program{} << push(MAX) << push(uint256{1} << 64) << OP_SHR), uint256{});
    EXPECT_EQ(word_of(Program{} << push(uint256{1} << 255) << push(255) << OP_SAR), MAX);
    EXPECT_EQ(word_of(Program{} << push(MAX) << push(MAX) << OP_SAR), MAX);
    EXPECT_EQ(word_of(Program{} << push(MAX >> 1) << push(256) << OP_SAR), uint256{});
    EXPECT_EQ(word_of(Program{} << push(MAX >> 1) << push(254) << OP_SAR), uint256{1});
}

TEST_F(Eips, eip211_return_data_of_the_last_call) {
    host.make_contract(OTHER, Program{} << push(0x1234) << return_top());
    const Program calling = call({.to = OTHER});
    EXPECT_EQ(word_of(Program{} << OP_RETURNDATASIZE), uint256{});
    EXPECT_EQ(word_of(Program{} << calling << OP_RETURNDATASIZE), uint256{32});
    EXPECT_EQ(word_of(Program{} << calling << push(2) << push(30) << push(30) << OP_RETURNDATACOPY
                                << push(0) << OP_MLOAD),
              uint256{0x1234});
    // A call to nobody, and one that cannot start, clear it.
    EXPECT_EQ(word_of(Program{} << calling << call({.to = NOBODY}) << OP_RETURNDATASIZE),
              uint256{});
    EXPECT_EQ(word_of(Program{} << calling << call({.to = OTHER, .value = 1}) << OP_RETURNDATASIZE),
              uint256{});
}

TEST_F(Eips, eip211_reading_past_the_end_fails) {
    host.make_contract(OTHER, Program{} << push(1) << return_top());
    const auto copy = [](const uint256& offset, const uint256& size) {
        return Program{} << call({.to = OTHER}) << push(size) << push(offset) << push(0)
                         << OP_RETURNDATACOPY;
    };
    EXPECT_EQ(status_of(copy(0, 32)), Status::success);
    EXPECT_EQ(status_of(copy(32, 0)), Status::success);
    EXPECT_EQ(status_of(copy(33, 0)), Status::invalid_memory_access);
    EXPECT_EQ(status_of(copy(0, 33)), Status::invalid_memory_access);
    EXPECT_EQ(status_of(copy(1, MAX)), Status::invalid_memory_access);
    EXPECT_EQ(status_of(copy(MAX, 1)), Status::invalid_memory_access);
}

TEST_F(Eips, eip211_a_revert_gives_data_and_a_failure_none) {
    host.make_contract(OTHER, Program{} << push(64) << push(0) << OP_REVERT);
    EXPECT_EQ(word_of(Program{} << call({.to = OTHER}) << OP_RETURNDATASIZE), uint256{64});
    host.make_contract(OTHER, Program{} << OP_INVALID);
    EXPECT_EQ(word_of(Program{} << call({.to = OTHER}) << OP_RETURNDATASIZE), uint256{});
}

TEST_F(Eips, eip214_static_frames_change_nothing) {
    is_static = true;
    const Program zeros = times(7, push(0));
    for (const Program& code :
         {sstore(0, 0), Program{} << push(0) << push(0) << OP_LOG0,
          Program{} << push(0) << push(0) << push(0) << OP_LOG1, Program{} << zeros << OP_CREATE,
          Program{} << zeros << OP_CREATE2, Program{} << push(0) << OP_SELFDESTRUCT,
          Program{} << push(0) << push(0) << OP_TSTORE, call({.to = OTHER, .value = 1})}) {
        EXPECT_EQ(status_of(code), Status::static_mode_violation);
    }
    EXPECT_EQ(status_of(call({.to = OTHER})), Status::success);
    EXPECT_EQ(status_of(call({.op = OP_CALLCODE, .to = OTHER, .value = 1})), Status::success);
}

TEST_F(Eips, eip214_static_mode_is_inherited) {
    constexpr Address WRITER{{0x33}};
    host.make_contract(WRITER, sstore(0, 1));
    host.make_contract(OTHER, Program{} << call({.to = WRITER}) << return_top());
    EXPECT_EQ(word_of(Program{} << call({.op = OP_STATICCALL, .to = OTHER, .output_size = 32})
                                << push(0) << OP_MLOAD),
              uint256{0});
    EXPECT_EQ(word_of(Program{} << call({.to = OTHER, .output_size = 32}) << push(0) << OP_MLOAD),
              uint256{1});
}

TEST_F(Eips, eip150_a_callee_gets_all_but_one_64th) {
    host.make_contract(OTHER, Program{} << OP_GAS << return_top());
    const Program code = Program{} << push(32) << push(0) << push(0) << push(0) << push(0)
                                   << push(OTHER) << push(MAX) << OP_CALL << push(0) << OP_MLOAD;
    fork = Fork::tangerine_whistle;
    gas = 100'000;
    const uint64_t left = 100'000 - 7 * 3 - 700 - 3;
    EXPECT_EQ(word_of(code), uint256{left - left / 64 - 2});
    fork = Fork::homestead;
    EXPECT_EQ(status_of(code), Status::out_of_gas);
}

TEST_F(Eips, eip1153_transient_storage_belongs_to_the_account) {
    const Program round_trip = Program{} << push(5) << push(1) << OP_TSTORE << push(1) << OP_TLOAD;
    EXPECT_EQ(word_of(round_trip), uint256{5});
    host.rollback(0);
    EXPECT_EQ(gas_of(round_trip), 3U * 3 + 200);
    // The callee's store reverts with it.
    host.rollback(0);
    host.make_contract(
        OTHER, Program{} << push(9) << push(1) << OP_TSTORE << push(0) << push(0) << OP_REVERT);
    EXPECT_EQ(word_of(Program{} << push(5) << push(1) << OP_TSTORE
                                << call({.op = OP_DELEGATECALL, .to = OTHER}) << OP_POP << push(1)
                                << OP_TLOAD),
              uint256{5});
}

TEST_F(Eips, eip5656_mcopy_copes_with_overlap) {
    const Program bytes = Program{} << store_bytes("0x0102030405060708"_hex);
    EXPECT_EQ(word_of(Program{} << bytes << push(6) << push(0) << push(2) << OP_MCOPY << push(0)
                                << OP_MLOAD),
              uint256{0x0102010203040506} << 192);
    EXPECT_EQ(word_of(Program{} << bytes << push(6) << push(2) << push(0) << OP_MCOPY << push(0)
                                << OP_MLOAD),
              uint256{0x0304050607080708} << 192);
    // Source and destination both grow memory.
    EXPECT_EQ(word_of(Program{} << push(1) << push(100) << push(0) << OP_MCOPY << OP_MSIZE),
              uint256{128});
    EXPECT_EQ(gas_of(Program{} << push(33) << push(0) << push(0) << OP_MCOPY), 9U + 3 + 6 + 6);
    EXPECT_EQ(status_of(Program{} << push(0) << push(MAX) << push(MAX) << OP_MCOPY),
              Status::success);
}

TEST_F(Eips, eip3855_push0) {
    EXPECT_EQ(word_of(Program{} << OP_PUSH0), uint256{});
    EXPECT_EQ(gas_of(Program{} << OP_PUSH0), 2U);
}

TEST_F(Eips, eip7939_clz) {
    const auto clz = [this](const uint256& x) { return word_of(Program{} << push(x) << OP_CLZ); };
    EXPECT_EQ(clz(0), uint256{256});
    EXPECT_EQ(clz(1), uint256{255});
    EXPECT_EQ(clz(MAX), uint256{0});
    EXPECT_EQ(clz(MAX >> 1), uint256{1});
    EXPECT_EQ(clz(uint256{1} << 64), uint256{191});
    EXPECT_EQ(gas_of(Program{} << push(1) << OP_CLZ), 8U);
}

TEST_F(Eips, eip2929_cold_and_warm_accounts) {
    const auto twice = [](Opcode op) {
        return Program{} << push(OTHER) << op << push(OTHER) << op;
    };
    for (const Opcode op : {OP_BALANCE, OP_EXTCODESIZE, OP_EXTCODEHASH}) {
        host.rollback(0);
        EXPECT_EQ(gas_of(twice(op)), 6U + 2600 + 100) << opcode_name(op);
    }
    host.rollback(0);
    EXPECT_EQ(gas_of(Program{} << call({.to = OTHER}) << call({.to = OTHER})),
              2U * 7 * 3 + 2600 + 100);
    host.rollback(0);
    EXPECT_EQ(gas_of(Program{} << push(SELF) << OP_BALANCE), 3U + 100);
}

TEST_F(Eips, eip2929_cold_and_warm_slots) {
    EXPECT_EQ(gas_of(Program{} << push(1) << OP_SLOAD << push(1) << OP_SLOAD), 6U + 2100 + 100);
    host.rollback(0);
    EXPECT_EQ(gas_of(sstore(1, 5)), 6U + 2100 + 20000);
    host.rollback(0);
    EXPECT_EQ(gas_of(Program{} << push(1) << OP_SLOAD << sstore(1, 5)), 9U + 2100 + 20000);
}

TEST_F(Eips, eip2929_a_revert_makes_cold_again) {
    constexpr Address TARGET{{0x77}};
    host.make_contract(OTHER,
                       Program{} << push(TARGET) << OP_BALANCE << push(0) << push(0) << OP_REVERT);
    run(Program{} << call({.to = OTHER}));
    EXPECT_FALSE(host.is_warm(TARGET));
    EXPECT_TRUE(host.is_warm(OTHER));
}

TEST_F(Eips, eip1884_and_eip150_prices_of_reads) {
    const auto price = [this](Fork at, Opcode op) {
        fork = at;
        host.rollback(0);
        return gas_of(Program{} << push(OTHER) << op) - 3;
    };
    EXPECT_EQ(price(Fork::frontier, OP_BALANCE), 20U);
    EXPECT_EQ(price(Fork::tangerine_whistle, OP_BALANCE), 400U);
    EXPECT_EQ(price(Fork::istanbul, OP_BALANCE), 700U);
    EXPECT_EQ(price(Fork::frontier, OP_SLOAD), 50U);
    EXPECT_EQ(price(Fork::tangerine_whistle, OP_SLOAD), 200U);
    EXPECT_EQ(price(Fork::istanbul, OP_SLOAD), 800U);
    EXPECT_EQ(price(Fork::frontier, OP_EXTCODESIZE), 20U);
    EXPECT_EQ(price(Fork::tangerine_whistle, OP_EXTCODESIZE), 700U);
    EXPECT_EQ(price(Fork::constantinople, OP_EXTCODEHASH), 400U);
    EXPECT_EQ(price(Fork::istanbul, OP_EXTCODEHASH), 700U);
}

/// A row of the tables in EIP-1283, EIP-2200 and EIP-3529: values written to slot 0 in turn.
struct SstoreRow {
    uint64_t original;
    std::vector<uint64_t> writes;
    uint64_t gas_used;
    int64_t refund;
};

class SstoreTables : public EvmTest {
  protected:
    void expect_rows(const std::vector<SstoreRow>& rows, bool warm) {
        for (const SstoreRow& row : rows) {
            host.rollback(0);
            host.make_account(SELF);
            host.put_storage(SELF, Hash{}, uint256{row.original}.to_be());
            if (warm) {
                host.access_storage(SELF, Hash{});
            }
            Program code;
            std::string name = std::to_string(row.original);
            for (const uint64_t word : row.writes) {
                code << sstore(0, word);
                name += "->" + std::to_string(word);
            }
            EXPECT_EQ(gas_of(code), row.gas_used) << name;
            EXPECT_EQ(host.refund(), row.refund) << name;
            EXPECT_EQ(slot(SELF, 0), uint256{row.writes.back()}) << name;
        }
    }
};

TEST_F(SstoreTables, eip1283) {
    fork = Fork::constantinople;
    expect_rows({{0, {0, 0}, 412, 0},
                 {0, {0, 1}, 20212, 0},
                 {0, {1, 0}, 20212, 19800},
                 {0, {1, 2}, 20212, 0},
                 {0, {1, 1}, 20212, 0},
                 {1, {0, 0}, 5212, 15000},
                 {1, {0, 1}, 5212, 4800},
                 {1, {0, 2}, 5212, 0},
                 {1, {2, 0}, 5212, 15000},
                 {1, {2, 3}, 5212, 0},
                 {1, {2, 1}, 5212, 4800},
                 {1, {2, 2}, 5212, 0},
                 {1, {1, 0}, 5212, 15000},
                 {1, {1, 2}, 5212, 0},
                 {1, {1, 1}, 412, 0},
                 {0, {1, 0, 1}, 40218, 19800},
                 {1, {0, 1, 0}, 10218, 19800}},
                false);
}

TEST_F(SstoreTables, eip2200) {
    fork = Fork::istanbul;
    expect_rows({{0, {0, 0}, 1612, 0},
                 {0, {0, 1}, 20812, 0},
                 {0, {1, 0}, 20812, 19200},
                 {0, {1, 2}, 20812, 0},
                 {0, {1, 1}, 20812, 0},
                 {1, {0, 0}, 5812, 15000},
                 {1, {0, 1}, 5812, 4200},
                 {1, {0, 2}, 5812, 0},
                 {1, {2, 0}, 5812, 15000},
                 {1, {2, 3}, 5812, 0},
                 {1, {2, 1}, 5812, 4200},
                 {1, {2, 2}, 5812, 0},
                 {1, {1, 0}, 5812, 15000},
                 {1, {1, 2}, 5812, 0},
                 {1, {1, 1}, 1612, 0},
                 {0, {1, 0, 1}, 40818, 19200},
                 {1, {0, 1, 0}, 10818, 19200}},
                false);
}

TEST_F(SstoreTables, eip2929_before_eip3529) {
    fork = Fork::berlin;
    expect_rows({{1, {0, 0}, 3012, 15000}, {1, {0, 1}, 3012, 2800}, {0, {1, 0}, 20112, 19900}},
                true);
}

TEST_F(SstoreTables, eip3529) {
    fork = Fork::london;
    expect_rows({{0, {0, 0}, 212, 0},
                 {0, {0, 1}, 20112, 0},
                 {0, {1, 0}, 20112, 19900},
                 {0, {1, 2}, 20112, 0},
                 {0, {1, 1}, 20112, 0},
                 {1, {0, 0}, 3012, 4800},
                 {1, {0, 1}, 3012, 2800},
                 {1, {0, 2}, 3012, 0},
                 {1, {2, 0}, 3012, 4800},
                 {1, {2, 3}, 3012, 0},
                 {1, {2, 1}, 3012, 2800},
                 {1, {2, 2}, 3012, 0},
                 {1, {1, 0}, 3012, 4800},
                 {1, {1, 2}, 3012, 0},
                 {1, {1, 1}, 212, 0},
                 {0, {1, 0, 1}, 40118, 19900},
                 {1, {0, 1, 0}, 5918, 7600}},
                true);
}

TEST_F(SstoreTables, without_net_metering) {
    for (const Fork at : {Fork::frontier, Fork::byzantium, Fork::petersburg}) {
        fork = at;
        expect_rows({{0, {0, 0}, 10012, 0},
                     {0, {1, 0}, 25012, 15000},
                     {1, {0, 1}, 25012, 15000},
                     {1, {1, 1}, 10012, 0}},
                    false);
    }
}

TEST_F(SstoreTables, eip2200_refuses_on_the_stipend) {
    fork = Fork::istanbul;
    gas = 6 + 2300;
    EXPECT_EQ(status_of(sstore(0, 0)), Status::out_of_gas);
    gas = 6 + 2301;
    EXPECT_EQ(status_of(sstore(0, 0)), Status::success);
    fork = Fork::constantinople;
    gas = 6 + 200;
    EXPECT_EQ(status_of(sstore(0, 0)), Status::success);
}

}  // namespace
}  // namespace otento::evm::testing
