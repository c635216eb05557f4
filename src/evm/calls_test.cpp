// Message calls and creations: what they move, touch, cost and undo.
#include <otento/evm/machine.hpp>
#include <otento/evm/testing/evm_fixture.hpp>

#include <otento/base/hex.hpp>

#include <pthread.h>

#include <functional>

namespace otento::evm::testing {
namespace {

using namespace otento::literals;

const uint256 MAX = ~uint256{};

using Calls = EvmTest;

TEST_F(Calls, move_value) {
    balance = 100;
    value = 5;
    EXPECT_EQ(word_of(call({.to = OTHER, .value = 7})), uint256{1});
    EXPECT_EQ(host.balance(OTHER), uint256{7});
    EXPECT_EQ(host.balance(SELF), uint256{98});
    EXPECT_EQ(host.balance(CALLER), uint256{999'999'995});
}

TEST_F(Calls, without_funds_give_their_gas_back) {
    balance = 6;
    EXPECT_EQ(word_of(call({.to = OTHER, .value = 7})), uint256{0});
    EXPECT_EQ(host.balance(OTHER), uint256{});
    // 9000 for value and 25000 for the account; the stipend comes back as well.
    EXPECT_EQ(gas_used, 7U * 3 + 2600 + 9000 + 25000 - 2300 + 3 + 3 + 3 + 3 + 3);
    value = 2'000'000'000;
    EXPECT_EQ(run(Bytes{OP_STOP}).status, Status::insufficient_balance);
    EXPECT_EQ(gas_used, 0U);
}

TEST_F(Calls, callee_sees_its_frame) {
    host.make_contract(OTHER, Program{} << OP_CALLER << push(0) << OP_SSTORE << OP_CALLVALUE
                                        << push(1) << OP_SSTORE << OP_ADDRESS << push(2)
                                        << OP_SSTORE);
    balance = 100;
    value = 33;
    run(call({.op = OP_CALL, .to = OTHER, .value = 3}));
    EXPECT_EQ(slot(OTHER, 0), uint256::from(SELF));
    EXPECT_EQ(slot(OTHER, 1), uint256{3});
    EXPECT_EQ(slot(OTHER, 2), uint256::from(OTHER));
    run(call({.op = OP_CALLCODE, .to = OTHER, .value = 4}));
    EXPECT_EQ(slot(SELF, 0), uint256::from(SELF));
    EXPECT_EQ(slot(SELF, 1), uint256{4});
    EXPECT_EQ(slot(SELF, 2), uint256::from(SELF));
    run(call({.op = OP_DELEGATECALL, .to = OTHER}));
    EXPECT_EQ(slot(SELF, 0), uint256::from(CALLER));
    EXPECT_EQ(slot(SELF, 1), uint256{33});
    EXPECT_EQ(slot(SELF, 2), uint256::from(SELF));
}

TEST_F(Calls, output_goes_to_its_region_only) {
    host.make_contract(OTHER, Program{} << push(MAX) << push(0) << OP_MSTORE << return_memory(4));
    // Region of 2 bytes takes 2; region of 8 keeps what it held behind the 4 bytes.
    EXPECT_EQ(word_of(Program{} << call({.to = OTHER, .output_size = 2}) << push(0) << OP_MLOAD),
              uint256{0xffff} << 240);
    EXPECT_EQ(word_of(Program{} << store_bytes("0x1111111111111111"_hex)
                                << call({.to = OTHER, .output_size = 8}) << push(0) << OP_MLOAD),
              uint256{0xffffffff11111111} << 192);
}

TEST_F(Calls, input_comes_from_memory) {
    host.make_contract(OTHER, Program{} << push(0) << OP_CALLDATALOAD << return_top());
    EXPECT_EQ(
        word_of(
            Program{} << store_bytes("0xaabbccdd"_hex)
                      << call({.to = OTHER, .input_offset = 1, .input_size = 2, .output_size = 32})
                      << push(0) << OP_MLOAD),
        uint256{0xbbcc} << 240);
}

TEST_F(Calls, failure_undoes_and_takes_the_gas_handed_over) {
    host.make_contract(OTHER, Program{} << sstore(0, 1) << OP_INVALID);
    balance = 10;
    EXPECT_EQ(word_of(call({.to = OTHER, .gas = 50'000, .value = 10})), uint256{0});
    EXPECT_EQ(slot(OTHER, 0), uint256{});
    EXPECT_EQ(host.balance(SELF), uint256{10});
    EXPECT_EQ(gas_used, 7U * 3 + 2600 + 9000 + 50'000 + 15);
}

TEST_F(Calls, eip161_zero_value_makes_no_account) {
    run(call({.to = NOBODY}));
    EXPECT_EQ(host.find(NOBODY), nullptr);
    fork = Fork::tangerine_whistle;
    run(call({.to = NOBODY}));
    EXPECT_NE(host.find(NOBODY), nullptr);
}

TEST_F(Calls, eip161_touching_an_empty_account_clears_it) {
    for (const Opcode op : {OP_CALL, OP_STATICCALL}) {
        host.make_account(NOBODY);
        run(call({.op = op, .to = NOBODY}));
        host.end_transaction(true);
        EXPECT_EQ(host.find(NOBODY), nullptr) << opcode_name(op);
    }
    for (const Opcode op : {OP_CALLCODE, OP_DELEGATECALL}) {
        host.make_account(NOBODY);
        run(call({.op = op, .to = NOBODY}));
        host.end_transaction(true);
        EXPECT_NE(host.find(NOBODY), nullptr) << opcode_name(op);
    }
}

TEST_F(Calls, quorum_d1_zero_value_does_not_touch) {
    rules.quorum_no_touch_on_zero_value = true;
    host.make_account(NOBODY);
    run(call({.to = NOBODY}));
    EXPECT_FALSE(host.find(NOBODY)->touched);
    run(call({.op = OP_STATICCALL, .to = NOBODY}));
    EXPECT_TRUE(host.find(NOBODY)->touched);
}

TEST_F(Calls, quorum_d2_staticcall_does_not_touch) {
    rules.quorum_no_touch_on_staticcall = true;
    host.make_account(NOBODY);
    run(call({.op = OP_STATICCALL, .to = NOBODY}));
    EXPECT_FALSE(host.find(NOBODY)->touched);
    run(call({.to = NOBODY}));
    EXPECT_TRUE(host.find(NOBODY)->touched);
}

TEST_F(Calls, touch_of_ripemd160_survives_failure) {
    const Address other_precompile = uint256{2}.to_address();
    for (const Address& precompile : {RIPEMD160_ADDRESS, other_precompile}) {
        host.make_account(precompile);
        EXPECT_EQ(status_of(Program{} << call({.to = precompile}) << OP_INVALID),
                  Status::invalid_instruction);
        EXPECT_EQ(host.find(precompile)->touched, precompile == RIPEMD160_ADDRESS);
    }
}

TEST_F(Calls, new_accounts_cost_by_fork) {
    const Program paying = call({.to = NOBODY, .value = 1});
    const Program idle = call({.to = NOBODY});
    const auto cost = [this](Fork at, const Program& code) {
        fork = at;
        balance = 1;
        host.rollback(0);
        return gas_of(code) - 21;
    };
    EXPECT_EQ(cost(Fork::homestead, idle), 40U + 25000);
    EXPECT_EQ(cost(Fork::tangerine_whistle, idle), 700U + 25000);
    EXPECT_EQ(cost(Fork::spurious_dragon, idle), 700U);
    EXPECT_EQ(cost(Fork::spurious_dragon, paying), 700U + 9000 + 25000 - 2300);
    EXPECT_EQ(cost(Fork::berlin, paying), 2600U + 9000 + 25000 - 2300);
}

TEST_F(Calls, precompiles_run_and_pay) {
    const Address identity = uint256{4}.to_address();
    host.access_account(identity);
    EXPECT_EQ(word_of(Program{} << store_bytes("0xaabb"_hex)
                                << call({.to = identity,
                                         .gas = 18,
                                         .input_size = 2,
                                         .output_offset = 32,
                                         .output_size = 32})
                                << OP_POP << push(32) << OP_MLOAD),
              uint256{0xaabb} << 240);
    EXPECT_EQ(word_of(call({.to = identity, .gas = 17, .input_size = 2})), uint256{0});
    EXPECT_EQ(word_of(call({.to = identity, .gas = 18, .input_size = 2})), uint256{1});
    EXPECT_EQ(word_of(call({.op = OP_DELEGATECALL, .to = identity, .gas = 18, .input_size = 2})),
              uint256{1});
}

TEST_F(Calls, precompiles_appear_with_their_fork) {
    EXPECT_EQ(precompile_addresses(Fork::frontier).size(), 4U);
    EXPECT_EQ(precompile_addresses(Fork::byzantium).size(), 8U);
    EXPECT_EQ(precompile_addresses(Fork::istanbul).size(), 9U);
    EXPECT_EQ(precompile_addresses(Fork::cancun).size(), 10U);
    EXPECT_EQ(precompile_addresses(Fork::prague).size(), 17U);
    EXPECT_EQ(precompile_addresses(Fork::osaka).size(), 18U);
    EXPECT_FALSE(is_precompile(Address{}, Fork::osaka));
    EXPECT_FALSE(is_precompile(uint256{0x12}.to_address(), Fork::osaka));
    EXPECT_TRUE(is_precompile(uint256{0x100}.to_address(), Fork::osaka));
    EXPECT_FALSE(is_precompile(uint256{0x100}.to_address(), Fork::prague));
}

/// Calls itself until it cannot, then adds up the frames.
Program recursion() {
    return Program{} << call({.to = SELF, .gas = MAX, .output_size = 32}) << OP_POP << push(0)
                     << OP_MLOAD << push(1) << OP_ADD << return_top();
}

TEST_F(Calls, nest_1024_deep) {
    fork = Fork::homestead;  // Without the 63/64 rule it takes little gas; each level leaves some.
    gas = INT64_MAX;
    const Program code = Program{} << push(32) << push(0) << push(0) << push(0) << push(0)
                                   << push(SELF) << push(100'000) << OP_GAS << OP_SUB << OP_CALL
                                   << OP_POP << push(0) << OP_MLOAD << push(1) << OP_ADD;
    EXPECT_EQ(word_of(code), uint256{1025});
    fork = Fork::osaka;
    EXPECT_GT(uint256::load_be32(run(recursion()).output.data()), uint256{400});
    gas = INT64_MAX;
    EXPECT_EQ(uint256::load_be32(run(recursion()).output.data()), uint256{1025});
}

/// Runs `body` on a thread whose whole stack is `size` bytes.
void on_small_stack(size_t size, std::function<void()> body) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, size), 0);
    pthread_t thread{};
    const auto entry = [](void* argument) -> void* {
        (*static_cast<std::function<void()>*>(argument))();
        return nullptr;
    };
    ASSERT_EQ(pthread_create(&thread, &attributes, entry, &body), 0);
    ASSERT_EQ(pthread_join(thread, nullptr), 0);
    pthread_attr_destroy(&attributes);
}

TEST_F(Calls, depth_needs_no_thread_stack) {
    gas = INT64_MAX;
    on_small_stack(size_t{512} << 10, [this] {
        EXPECT_EQ(uint256::load_be32(run(recursion()).output.data()), uint256{1025});
    });
}

TEST_F(Calls, creations_in_creations_need_no_thread_stack) {
    gas = INT64_MAX;
    fork = Fork::london;
    // Init code that creates from a copy of itself.
    const Program code = Program{} << OP_CODESIZE << push(0) << push(0) << OP_CODECOPY
                                   << OP_CODESIZE << push(0) << push(0) << OP_CREATE << OP_STOP;
    on_small_stack(size_t{512} << 10, [&] {
        EXPECT_EQ(to_string(create(code).status), "success");
        EXPECT_EQ(host.nonce(CALLER), 1U);
    });
}

TEST_F(Calls, deep_frames_keep_their_full_stacks) {
    // Each frame fills its stack to the brim around the call.
    gas = INT64_MAX;
    const Program code = Program{} << times(1017, push(1))
                                   << call({.to = SELF, .gas = MAX, .output_size = 32}) << OP_POP
                                   << times(1016, Program{} << OP_ADD) << push(0) << OP_MLOAD
                                   << OP_ADD << return_top();
    EXPECT_EQ(uint256::load_be32(run(code).output.data()), uint256{1017 * 1025});
}

using Delegations = EvmTest;

Bytes delegation_to(const Address& target) {
    Bytes out{0xef, 0x01, 0x00};
    append(out, target);
    return out;
}

TEST_F(Delegations, eip7702_run_the_target_in_the_account) {
    host.make_contract(OTHER, Program{} << sstore(0, 1));
    host.make_contract(NOBODY, delegation_to(OTHER));
    EXPECT_EQ(gas_of(call({.to = NOBODY})), 21U + 2600 + 2600 + 6 + 22100);
    EXPECT_EQ(slot(NOBODY, 0), uint256{1});
    EXPECT_EQ(slot(OTHER, 0), uint256{});
    EXPECT_TRUE(host.is_warm(OTHER));
}

TEST_F(Delegations, eip7702_outermost_call_follows_too) {
    host.make_contract(OTHER, Program{} << sstore(0, 1));
    EXPECT_EQ(run(delegation_to(OTHER)).status, Status::success);
    EXPECT_EQ(slot(SELF, 0), uint256{1});
    EXPECT_TRUE(host.is_warm(OTHER));
    fork = Fork::cancun;
    EXPECT_EQ(run(delegation_to(OTHER)).status, Status::undefined_instruction);
}

TEST_F(Delegations, eip7702_are_followed_once) {
    constexpr Address LAST{{0x99}};
    host.make_contract(LAST, Program{} << sstore(0, 1));
    host.make_contract(OTHER, delegation_to(LAST));
    host.make_contract(NOBODY, delegation_to(OTHER));
    EXPECT_EQ(word_of(call({.to = NOBODY})), uint256{0});
}

TEST_F(Delegations, eip7702_to_a_precompile_are_empty_code) {
    host.make_contract(NOBODY, delegation_to(uint256{5}.to_address()));
    EXPECT_EQ(word_of(call({.to = NOBODY, .gas = 0})), uint256{1});
}

TEST_F(Delegations, eip7702_code_reads_see_the_designator) {
    host.make_contract(OTHER, Bytes(100, OP_STOP));
    host.make_contract(NOBODY, delegation_to(OTHER));
    EXPECT_EQ(word_of(Program{} << push(NOBODY) << OP_EXTCODESIZE), uint256{23});
    EXPECT_EQ(word_of(Program{} << push(NOBODY) << OP_EXTCODEHASH),
              uint256::from(crypto::keccak256(delegation_to(OTHER))));
}

using Creations = EvmTest;

TEST_F(Creations, outermost_creation_uses_the_nonce_before) {
    const CallResult result = create(deploys(Bytes{1, 2, 3}));
    EXPECT_EQ(result.status, Status::success);
    EXPECT_EQ(result.created, create_address(CALLER, 0));
    EXPECT_EQ(*host.code(result.created).bytes, (Bytes{1, 2, 3}));
    EXPECT_EQ(host.nonce(result.created), 1U);
    EXPECT_EQ(host.nonce(CALLER), 1U);
    EXPECT_EQ(result.output, (Bytes{1, 2, 3}));
}

TEST_F(Creations, addresses_follow_sender_and_nonce) {
    // keccak256(rlp([sender, nonce])), addresses known from the main network's first contracts.
    constexpr Address SENDER{{0x6a, 0xc7, 0xea, 0x33, 0xf8, 0x83, 0x1e, 0xa9, 0xdc, 0xc5,
                              0x33, 0x93, 0xaa, 0xa8, 0x8b, 0x25, 0xa7, 0x85, 0xdb, 0xf0}};
    EXPECT_EQ(create_address(SENDER, 0), "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"_address);
    EXPECT_EQ(create_address(SENDER, 1), "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"_address);
    EXPECT_EQ(create_address(SENDER, 2), "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91"_address);
    EXPECT_EQ(create_address(SENDER, 3), "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"_address);
}

TEST_F(Creations, eip1014_addresses) {
    EXPECT_EQ(create2_address({}, {}, Bytes{0}),
              "0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"_address);
    EXPECT_EQ(create2_address("0xdeadbeef00000000000000000000000000000000"_address, {}, Bytes{0}),
              "0xb928f69bb1d91cd65274e3c79d8986362984fda3"_address);
    EXPECT_EQ(create2_address({}, {}, "0xdeadbeef"_hex),
              "0x70f2b2914a2a4b783faefb75f459a580616fcb5e"_address);
    EXPECT_EQ(create2_address({}, {}, {}), "0xe33c0c7f7df4809055c3eba6c09cfe4baf1bd9e0"_address);
}

/// CREATE or CREATE2 of init code of up to 32 bytes.
Program creation(Opcode op, const Bytes& init_code, const uint256& value = 0,
                 const uint256& salt = 0) {
    Program out;
    out << store_bytes(init_code);
    if (op == OP_CREATE2) {
        out << push(salt);
    }
    return out << push(init_code.size()) << push(0) << push(value) << op;
}

TEST_F(Creations, inner_creation_bumps_the_nonce_and_pushes_the_address) {
    const Bytes init = deploys(Bytes{0xfe});
    EXPECT_EQ(word_of(creation(OP_CREATE, init)), uint256::from(create_address(SELF, 1)));
    EXPECT_EQ(host.nonce(SELF), 2U);
    EXPECT_EQ(word_of(creation(OP_CREATE2, init, 0, 5)),
              uint256::from(create2_address(SELF, uint256{5}.to_be(), init)));
}

TEST_F(Creations, move_value_to_what_was_there) {
    balance = 10;
    host.make_account(create_address(SELF, 1), 3);
    run(creation(OP_CREATE, deploys({}), 7));
    EXPECT_EQ(host.balance(create_address(SELF, 1)), uint256{10});
    EXPECT_EQ(word_of(creation(OP_CREATE, deploys({}), 11)), uint256{});
}

TEST_F(Creations, eip684_and_eip7610_collisions_take_the_gas_but_bump_the_nonce) {
    const Address target = create_address(SELF, 1);
    const Program code = creation(OP_CREATE, deploys({}));
    const auto expect_collision = [&](const char* why) {
        EXPECT_EQ(word_of(code), uint256{}) << why;
        EXPECT_GT(gas_used, 9'800'000U) << why;
        EXPECT_EQ(host.nonce(SELF), 2U) << why;
    };
    host.make_account(target, 0, 1);
    expect_collision("nonce");
    host.make_contract(target, Bytes{1}).nonce = 0;
    expect_collision("code");
    host.make_account(target);
    host.put_storage(target, {}, uint256{1}.to_be());
    expect_collision("storage");
}

TEST_F(Creations, eip2681_nonce_cannot_overflow) {
    const Bytes code = creation(OP_CREATE, deploys({})) << return_top();
    host.make_contract(SELF, code).nonce = UINT64_MAX;
    Message message;
    message.gas = gas;
    message.sender = CALLER;
    message.recipient = SELF;
    message.code_address = SELF;
    const CallResult result = run(message);
    EXPECT_EQ(uint256::load_be32(result.output.data()), uint256{});
    EXPECT_EQ(host.nonce(SELF), UINT64_MAX);
    EXPECT_LT(gas_used, 40'000U);
}

TEST_F(Creations, revert_gives_data_and_keeps_the_nonce) {
    const Bytes init = Program{} << push(7) << push(0) << OP_REVERT;
    EXPECT_EQ(word_of(creation(OP_CREATE, init) << OP_POP << OP_RETURNDATASIZE), uint256{7});
    EXPECT_EQ(host.nonce(SELF), 2U);
    EXPECT_EQ(host.find(create_address(SELF, 1)), nullptr);
    EXPECT_EQ(word_of(creation(OP_CREATE, deploys(Bytes{0})) << OP_POP << OP_RETURNDATASIZE),
              uint256{});
}

TEST_F(Creations, deposit_costs_200_a_byte) {
    const CallResult empty = create(deploys({}));
    const uint64_t without = gas_used;
    EXPECT_EQ(empty.status, Status::success);
    host.rollback(0);
    create(deploys(Bytes(10, 0)));
    EXPECT_EQ(gas_used, without + 2000 + 3 + 3);  // And CODECOPY and memory of one word.
}

TEST_F(Creations, eip2_unpaid_deposit_fails_but_in_frontier) {
    gas = 500;
    fork = Fork::homestead;
    EXPECT_EQ(create(deploys(Bytes(10, 0))).status, Status::out_of_gas);
    host.rollback(0);
    fork = Fork::frontier;
    const CallResult result = create(deploys(Bytes(10, 0)));
    EXPECT_EQ(result.status, Status::success);
    EXPECT_GT(result.gas_left, 0U);
    EXPECT_TRUE(host.code(result.created).bytes->empty());
    EXPECT_NE(host.find(result.created), nullptr);
}

TEST_F(Creations, eip170_code_size_limit) {
    rules.code_size_max = 100;
    EXPECT_EQ(create(deploys(Bytes(100, 0))).status, Status::success);
    host.rollback(0);
    EXPECT_EQ(create(deploys(Bytes(101, 0))).status, Status::max_code_size_exceeded);
    EXPECT_EQ(gas_used, gas);
    host.rollback(0);
    fork = Fork::tangerine_whistle;
    EXPECT_EQ(create(deploys(Bytes(101, 0))).status, Status::success);
}

TEST_F(Creations, eip3541_code_may_not_start_with_ef) {
    EXPECT_EQ(create(deploys(Bytes{0xef})).status, Status::invalid_code);
    host.rollback(0);
    fork = Fork::berlin;
    EXPECT_EQ(create(deploys(Bytes{0xef})).status, Status::success);
}

TEST_F(Creations, eip3860_init_code_is_limited_and_paid) {
    rules.initcode_size_max = 64;
    const auto sized = [](uint64_t size) {
        return Program{} << push(size) << push(0) << push(0) << OP_CREATE;
    };
    EXPECT_EQ(gas_of(sized(64)), 9U + 32000 + 6 + 4);
    EXPECT_EQ(status_of(sized(65)), Status::max_initcode_size_exceeded);
    host.rollback(0);
    fork = Fork::london;
    EXPECT_EQ(gas_of(sized(65)), 9U + 32000 + 9);
}

TEST_F(Creations, eip161_contracts_start_with_nonce_1) {
    fork = Fork::tangerine_whistle;
    EXPECT_EQ(host.nonce(create(deploys({})).created), 0U);
    host.rollback(0);
    fork = Fork::spurious_dragon;
    EXPECT_EQ(host.nonce(create(deploys({})).created), 1U);
}

TEST_F(Creations, eip2929_failed_creation_leaves_its_address_warm) {
    run(creation(OP_CREATE, Bytes{OP_INVALID}));
    EXPECT_TRUE(host.is_warm(create_address(SELF, 1)));
}

using SelfDestructs = EvmTest;

TEST_F(SelfDestructs, move_the_balance_and_refund_once) {
    fork = Fork::berlin;
    balance = 50;
    host.make_account(OTHER, 1);
    EXPECT_EQ(gas_of(Program{} << push(OTHER) << OP_SELFDESTRUCT), 3U + 5000 + 2600);
    EXPECT_EQ(host.balance(OTHER), uint256{51});
    EXPECT_EQ(host.balance(SELF), uint256{});
    EXPECT_EQ(host.refund(), 24000);
    EXPECT_TRUE(host.find(SELF)->self_destructed);
    EXPECT_EQ(status_of(Program{} << push(OTHER) << OP_SELFDESTRUCT), Status::success);
    EXPECT_EQ(host.refund(), 24000);
}

TEST_F(SelfDestructs, eip3529_no_refund) {
    fork = Fork::london;
    run(Program{} << push(OTHER) << OP_SELFDESTRUCT);
    EXPECT_EQ(host.refund(), 0);
}

TEST_F(SelfDestructs, beneficiaries_cost_by_fork) {
    const auto cost = [this](Fork at, uint64_t funds) {
        fork = at;
        balance = funds;
        host.rollback(0);
        return gas_of(Program{} << push(NOBODY) << OP_SELFDESTRUCT) - 3;
    };
    EXPECT_EQ(cost(Fork::frontier, 1), 0U);
    EXPECT_EQ(cost(Fork::tangerine_whistle, 0), 5000U + 25000);
    EXPECT_EQ(cost(Fork::spurious_dragon, 0), 5000U);
    EXPECT_EQ(cost(Fork::spurious_dragon, 1), 5000U + 25000);
    EXPECT_EQ(cost(Fork::berlin, 1), 5000U + 2600 + 25000);
}

TEST_F(SelfDestructs, to_oneself_burn_the_balance) {
    fork = Fork::london;
    balance = 5;
    run(Program{} << OP_ADDRESS << OP_SELFDESTRUCT);
    EXPECT_EQ(host.balance(SELF), uint256{});
}

TEST_F(SelfDestructs, eip6780_old_contracts_stay) {
    balance = 5;
    run(Program{} << OP_ADDRESS << OP_SELFDESTRUCT);
    EXPECT_EQ(host.balance(SELF), uint256{5});
    EXPECT_FALSE(host.find(SELF)->self_destructed);
    run(Program{} << push(OTHER) << OP_SELFDESTRUCT);
    EXPECT_EQ(host.balance(OTHER), uint256{5});
    EXPECT_FALSE(host.find(SELF)->self_destructed);
}

TEST_F(SelfDestructs, eip6780_contracts_of_the_same_transaction_go) {
    value = 5;
    const CallResult result = create(Program{} << OP_ADDRESS << OP_SELFDESTRUCT);
    EXPECT_TRUE(host.find(result.created)->self_destructed);
    EXPECT_EQ(host.balance(result.created), uint256{});
}

TEST_F(SelfDestructs, revert_brings_the_contract_back) {
    fork = Fork::london;
    host.make_contract(OTHER, Program{} << push(NOBODY) << OP_SELFDESTRUCT, 9);
    EXPECT_EQ(status_of(Program{} << call({.to = OTHER}) << push(0) << push(0) << OP_REVERT),
              Status::revert);
    EXPECT_EQ(host.balance(OTHER), uint256{9});
    EXPECT_FALSE(host.find(OTHER)->self_destructed);
}

}  // namespace
}  // namespace otento::evm::testing
