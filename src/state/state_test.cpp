// Goal: State journals, reverts and nets out as the EVM needs it. Method: rules one by one, then
// random operations with nested checkpoints against a model that copies everything.
#include <otento/state/state.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/state/memory_state.hpp>

#include <gtest/gtest.h>

#include <set>

namespace otento::state {
namespace {

using namespace literals;

const Address A = "0x00000000000000000000000000000000000000aa"_address;
const Address B = "0x00000000000000000000000000000000000000bb"_address;
const Address RIPEMD = "0x0000000000000000000000000000000000000003"_address;
const Hash K1 = "0x0000000000000000000000000000000000000000000000000000000000000001"_hash;
const Hash K2 = "0x0000000000000000000000000000000000000000000000000000000000000002"_hash;
const Hash V1 = "0x00000000000000000000000000000000000000000000000000000000000000f1"_hash;
const Hash V2 = "0x00000000000000000000000000000000000000000000000000000000000000f2"_hash;

TEST(State, untouched_state_gives_an_empty_diff) {
    MemoryState parent;
    parent.put(A, 1, 100, {1, 2}, {{K1, V1}});
    State state(parent);
    EXPECT_EQ(state.balance(A), uint256(100));
    EXPECT_EQ(state.nonce(A), 1U);
    EXPECT_EQ(*state.code(A).bytes, (Bytes{1, 2}));
    EXPECT_EQ(state.storage(A, K1), V1);
    EXPECT_FALSE(state.exists(B));
    EXPECT_EQ(state.code_hash(B), Hash{});
    EXPECT_TRUE(state.diff().accounts.empty());
}

TEST(State, values_that_come_back_are_no_change) {
    MemoryState parent;
    parent.put(A, 1, 100, {}, {{K1, V1}});
    State state(parent);
    state.add_balance(A, 5);
    state.set_storage(A, K1, V2);
    state.end_transaction(true);
    state.subtract_balance(A, 5);
    state.set_storage(A, K1, V1);
    state.end_transaction(true);
    EXPECT_TRUE(state.diff().accounts.empty());
}

TEST(State, original_value_is_that_of_the_transaction_start) {
    MemoryState parent;
    parent.put(A, 1, 100, {}, {{K1, V1}});
    State state(parent);
    state.begin_transaction();
    state.set_storage(A, K1, V2);
    EXPECT_EQ(state.storage_value(A, K1).original, V1);
    state.end_transaction(true);
    EXPECT_EQ(state.storage_value(A, K1).original, V2);
    state.set_storage(A, K1, {});
    EXPECT_EQ(state.storage_value(A, K1).original, V2);
    EXPECT_EQ(state.storage_value(A, K1).current, Hash{});
}

TEST(State, rollback_undoes_everything_but_the_ripemd_touch) {
    MemoryState parent;
    parent.put(A, 1, 100, {}, {{K1, V1}});
    parent.put(RIPEMD, 0, 0, {}, {});
    State state(parent);
    const size_t checkpoint = state.checkpoint();
    state.set_nonce(A, 7);
    state.set_code(A, {9});
    state.add_balance(B, 3);
    state.set_storage(A, K1, V2);
    state.set_transient_storage(A, K1, V2);
    EXPECT_FALSE(state.access_account(B));
    EXPECT_FALSE(state.access_storage(A, K2));
    EXPECT_TRUE(state.self_destruct(A));
    EXPECT_FALSE(state.self_destruct(A));
    state.emit_log(A, {K1}, {});
    state.add_refund(4800);
    state.create_contract(A);
    EXPECT_EQ(state.storage(A, K1), Hash{});
    state.touch(RIPEMD);
    state.rollback(checkpoint);

    EXPECT_EQ(state.nonce(A), 1U);
    EXPECT_TRUE(state.code(A).bytes->empty());
    EXPECT_FALSE(state.exists(B));
    EXPECT_EQ(state.storage(A, K1), V1);
    EXPECT_EQ(state.transient_storage(A, K1), Hash{});
    EXPECT_FALSE(state.is_warm(B));
    EXPECT_FALSE(state.access_storage(A, K2));
    EXPECT_FALSE(state.created_in_tx(A));
    EXPECT_TRUE(state.logs().empty());
    EXPECT_EQ(state.refund(), 0);
    EXPECT_TRUE(state.self_destruct(A));
    state.rollback(checkpoint);
    state.end_transaction(true);
    const StateDiff diff = state.diff();
    ASSERT_EQ(diff.accounts.size(), 1U);
    EXPECT_TRUE(diff.accounts.at(RIPEMD).deleted);
}

TEST(State, empty_touched_accounts_go_only_where_eip_158_rules) {
    MemoryState parent;
    parent.put(A, 0, 0, {}, {});
    for (const bool clear_empty : {false, true}) {
        State state(parent);
        state.touch(A);
        state.touch(B);
        state.end_transaction(clear_empty);
        EXPECT_EQ(state.exists(A), !clear_empty);
        EXPECT_EQ(state.exists(B), !clear_empty);
        const StateDiff diff = state.diff();
        EXPECT_EQ(diff.accounts.contains(A), clear_empty);
        EXPECT_EQ(diff.accounts.contains(B), !clear_empty);
    }
}

TEST(State, self_destructed_account_loses_storage_and_may_come_back) {
    MemoryState parent;
    parent.put(A, 1, 100, {1}, {{K1, V1}, {K2, V2}});
    State state(parent);
    EXPECT_TRUE(state.self_destruct(A));
    EXPECT_TRUE(state.exists(A));
    EXPECT_EQ(state.storage(A, K1), V1);
    state.end_transaction(true);
    EXPECT_FALSE(state.exists(A));
    EXPECT_FALSE(state.has_storage(A));
    EXPECT_TRUE(state.diff().accounts.at(A).deleted);

    state.create_contract(A);
    EXPECT_TRUE(state.created_in_tx(A));
    EXPECT_EQ(state.storage(A, K1), Hash{});
    state.set_storage(A, K2, V1);
    state.set_nonce(A, 1);
    state.end_transaction(true);
    const AccountDiff diff = state.diff().accounts.at(A);
    EXPECT_FALSE(diff.deleted);
    EXPECT_TRUE(diff.storage_cleared);
    EXPECT_EQ(diff.storage, (std::map<Hash, Hash>{{K2, V1}}));
    EXPECT_EQ(diff.code_hash, types::EMPTY_CODE_HASH);
}

TEST(State, a_new_contract_clears_nothing) {
    const MemoryState parent;
    State state(parent);
    state.create_contract(A);
    state.set_storage(A, K1, V1);
    state.set_code(A, {1, 2, 3});
    state.set_nonce(A, 1);
    EXPECT_TRUE(state.has_storage(A));
    state.end_transaction(true);
    EXPECT_FALSE(state.created_in_tx(A));
    const AccountDiff diff = state.diff().accounts.at(A);
    EXPECT_FALSE(diff.storage_cleared);
    ASSERT_TRUE(diff.code);
    EXPECT_EQ(diff.code_hash, crypto::keccak256(*diff.code));
    EXPECT_EQ(diff.storage, (std::map<Hash, Hash>{{K1, V1}}));
}

TEST(State, a_slot_read_before_a_revert_still_counts_as_storage) {
    MemoryState parent;
    parent.put(A, 1, 0, {}, {{K1, V1}});
    State state(parent);
    const size_t checkpoint = state.checkpoint();
    state.set_code(A, {1});
    EXPECT_EQ(state.storage(A, K1), V1);
    state.rollback(checkpoint);
    state.create_contract(A);
    EXPECT_FALSE(state.has_storage(A));
    state.rollback(checkpoint);
    EXPECT_TRUE(state.has_storage(A));
}

TEST(State, transaction_state_ends_with_the_transaction) {
    const MemoryState parent;
    State state(parent);
    state.set_transient_storage(A, K1, V1);
    EXPECT_FALSE(state.access_account(A));
    EXPECT_FALSE(state.access_storage(A, K1));
    state.add_refund(5);
    state.emit_log(A, {}, {});
    state.end_transaction(true);
    EXPECT_EQ(state.transient_storage(A, K1), Hash{});
    EXPECT_FALSE(state.is_warm(A));
    EXPECT_FALSE(state.access_storage(A, K1));
    EXPECT_EQ(state.refund(), 0);
    EXPECT_TRUE(state.logs().empty());
    EXPECT_EQ(state.checkpoint(), 1U);
}

/// All that State keeps, copied whole at every checkpoint.
struct Model {
    struct ModelAccount {
        uint64_t nonce = 0;
        uint256 balance;
        Bytes code;
        std::map<Hash, Hash> storage;
    };
    std::map<Address, ModelAccount> accounts;
    std::map<std::pair<Address, Hash>, Hash> transient;
    std::set<Address> touched;
    std::set<Address> destructed;
    std::set<Address> warm;
    std::set<std::pair<Address, Hash>> warm_slots;
    int64_t refund = 0;
    size_t logs = 0;

    ModelAccount& touch(const Address& address) {
        touched.insert(address);
        return accounts[address];
    }
    void end_transaction(bool clear_empty) {
        for (const Address& address : destructed) {
            accounts.erase(address);
        }
        for (const Address& address : touched) {
            const auto found = accounts.find(address);
            if (clear_empty && found != accounts.end() && found->second.nonce == 0 &&
                found->second.balance.is_zero() && found->second.code.empty()) {
                accounts.erase(found);
            }
        }
        auto kept = std::move(accounts);
        *this = {};
        accounts = std::move(kept);
    }
    [[nodiscard]] Hash root() const {
        MemoryState state;
        for (const auto& [address, account] : accounts) {
            state.put(address, account.nonce, account.balance, account.code, account.storage);
        }
        return state.state_root();
    }
};

class RandomOperations {
  public:
    explicit RandomOperations(uint64_t seed) : random_(seed) {}

    void run() {
        for (uint8_t i = 1; i < 6; ++i) {
            const Address address = pick_address();
            const std::map<Hash, Hash> storage{{K1, V1}, {K2, V2}};
            const bool contract = random_.chance(600);
            parent_.put(address, i, i, contract ? Bytes{i} : Bytes{},
                        contract ? storage : std::map<Hash, Hash>{});
            model_.accounts[address] = {i, i, contract ? Bytes{i} : Bytes{},
                                        contract ? storage : std::map<Hash, Hash>{}};
        }
        State state(parent_);
        for (int tx = 0; tx < 8; ++tx) {
            state.begin_transaction();
            run_frame(state, 0);
            const bool clear_empty = random_.chance(700);
            state.end_transaction(clear_empty);
            model_.end_transaction(clear_empty);
            MemoryState outcome;
            for (const auto& [address, account] : parent_.accounts()) {
                outcome.put(address, account.nonce, account.balance, *account.code,
                            account.storage);
            }
            outcome.apply(state.diff());
            ASSERT_EQ(outcome.state_root(), model_.root()) << "tx " << tx;
        }
    }

  private:
    Address pick_address() {
        Address out;
        out[19] = static_cast<uint8_t>(0xa0 + random_.below(8));
        return out;
    }
    Hash pick_hash() {
        Hash out;
        out[31] = static_cast<uint8_t>(random_.below(4));
        return out;
    }

    void run_frame(State& state, int depth) {
        const uint64_t steps = 1 + random_.below(12);
        for (uint64_t i = 0; i < steps; ++i) {
            if (depth < 4 && random_.chance(150)) {
                const size_t checkpoint = state.checkpoint();
                const Model saved = model_;
                run_frame(state, depth + 1);
                if (random_.chance(500)) {
                    state.rollback(checkpoint);
                    model_ = saved;
                }
            } else {
                step(state);
            }
            check(state);
        }
    }

    void step(State& state) {
        const Address address = pick_address();
        const Hash key = pick_hash();
        const Hash value = pick_hash();
        switch (random_.below(14)) {
            case 0:
                state.touch(address);
                model_.touch(address);
                break;
            case 1:
                state.add_balance(address, value[31]);
                model_.touch(address).balance += value[31];
                break;
            case 2: {
                const uint256 amount = random_.below(state.balance(address).low64() + 1);
                state.subtract_balance(address, amount);
                model_.touch(address).balance -= amount;
                break;
            }
            case 3:
                state.set_nonce(address, value[31]);
                model_.touch(address).nonce = value[31];
                break;
            case 4: {
                const Bytes code(random_.below(2), value[31]);
                state.set_code(address, code);
                model_.touch(address).code = code;
                break;
            }
            case 5: {
                state.create_contract(address);
                Model::ModelAccount& account = model_.touch(address);
                account = {0, account.balance, {}, {}};
                break;
            }
            case 6:
                EXPECT_EQ(state.self_destruct(address), model_.destructed.insert(address).second);
                break;
            case 7:
                state.clear_storage(address);
                model_.touch(address).storage.clear();
                break;
            case 8:
            case 9:
                if (state.exists(address)) {
                    state.set_storage(address, key, value);
                    if (value.is_zero()) {
                        model_.accounts[address].storage.erase(key);
                    } else {
                        model_.accounts[address].storage[key] = value;
                    }
                }
                break;
            case 10:
                state.set_transient_storage(address, key, value);
                model_.transient[{address, key}] = value;
                break;
            case 11:
                EXPECT_EQ(state.access_account(address), !model_.warm.insert(address).second);
                break;
            case 12:
                EXPECT_EQ(state.access_storage(address, key),
                          !model_.warm_slots.insert({address, key}).second);
                break;
            default:
                state.add_refund(value[31]);
                model_.refund += value[31];
                state.emit_log(address, {}, {});
                ++model_.logs;
                break;
        }
    }

    void check(State& state) {
        const Address address = pick_address();
        const Hash key = pick_hash();
        const auto found = model_.accounts.find(address);
        const bool exists = found != model_.accounts.end();
        const Model::ModelAccount account = exists ? found->second : Model::ModelAccount{};
        ASSERT_EQ(state.exists(address), exists);
        ASSERT_EQ(state.nonce(address), account.nonce);
        ASSERT_EQ(state.balance(address), account.balance);
        ASSERT_EQ(*state.code(address).bytes, account.code);
        const auto slot = account.storage.find(key);
        ASSERT_EQ(state.storage(address, key),
                  slot == account.storage.end() ? Hash{} : slot->second);
        const auto transient = model_.transient.find({address, key});
        ASSERT_EQ(state.transient_storage(address, key),
                  transient == model_.transient.end() ? Hash{} : transient->second);
        ASSERT_EQ(state.refund(), model_.refund);
        ASSERT_EQ(state.logs().size(), model_.logs);
    }

    Random random_;
    MemoryState parent_;
    Model model_;
};

TEST(State, random_operations_equal_the_model) {
    for (uint64_t seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE(seed);
        RandomOperations(seed).run();
        if (testing::Test::HasFatalFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace otento::state
