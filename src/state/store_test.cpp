// Goal: roots, reads, history and recovery of the store equal a model that keeps every state whole.
// Method: random diffs, speculative chains that are dropped or committed, reopening at any point,
// tiny caches.
#include <otento/state/store.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/state/memory_state.hpp>
#include <otento/state/prove.hpp>
#include <otento/state/record.hpp>
#include <otento/storage/testing/temporary_directory.hpp>
#include <otento/trie/proof.hpp>

#include <gtest/gtest.h>

namespace otento::state {
namespace {

using World = std::map<Address, MemoryAccount>;

constexpr storage::ColumnId FIRST_COLUMN = 1;

std::unique_ptr<storage::KeyValueStore> open_kv(const std::string& path) {
    storage::StoreOptions options{.path = path, .column_families = {{.name = "other"}}};
    for (auto& family : Store::column_families()) {
        options.column_families.push_back(family);
    }
    auto kv = storage::KeyValueStore::open(options);
    EXPECT_TRUE(kv) << kv.error().text;
    return std::move(kv).value();
}

size_t count_keys(const storage::KeyValueStore& kv, storage::ColumnId column) {
    size_t count = 0;
    auto at = kv.iterate(FIRST_COLUMN + column);
    for (at.seek_to_first(); at.valid(); at.next()) {
        ++count;
    }
    return count;
}

void commit(storage::KeyValueStore& kv, Store& store, const LayerPtr& layer) {
    auto batch = kv.batch();
    ASSERT_TRUE(store.stage_commit(layer, batch));
    ASSERT_TRUE(kv.commit(batch));
    store.finish_commit(layer);
}

void flush(storage::KeyValueStore& kv, Store& store) {
    auto batch = kv.batch();
    ASSERT_TRUE(store.stage_flush(batch));
    ASSERT_TRUE(kv.commit(batch));
    store.finish_flush();
}

Address address_of(uint64_t i) {
    Address out;
    out[0] = static_cast<uint8_t>(i);
    out[19] = 0xee;
    return out;
}

Hash slot_of(uint64_t i) {
    Hash out;
    out[31] = static_cast<uint8_t>(i);
    return out;
}

/// A random outcome of a block on `world`, as State::diff() would give it.
class DiffMaker {
  public:
    static constexpr uint64_t ACCOUNTS = 40;
    static constexpr uint64_t SLOTS = 10;

    explicit DiffMaker(Random& random) : random_(random) {}

    StateDiff make(const World& world) {
        StateDiff diff;
        const uint64_t count = random_.below(random_.chance(100) ? 30 : 6);
        for (uint64_t i = 0; i < count; ++i) {
            const Address address = address_of(random_.below(ACCOUNTS));
            const auto found = world.find(address);
            change(found == world.end() ? nullptr : &found->second, diff.accounts[address]);
        }
        return diff;
    }

  private:
    void change(const MemoryAccount* now, AccountDiff& diff) {
        diff = {};
        if (now != nullptr && random_.chance(150)) {
            diff.deleted = diff.storage_cleared = true;
            return;
        }
        diff.nonce = now != nullptr ? now->nonce : 0;
        diff.balance = now != nullptr ? now->balance : uint256{};
        diff.code_hash = now != nullptr ? now->code_hash : types::EMPTY_CODE_HASH;
        if (random_.chance(700)) {
            diff.nonce += 1;
            diff.balance = uint256(random_.next(), random_.below(2), 0, 0);
        }
        if (random_.chance(200)) {
            diff.code = std::make_shared<const Bytes>(
                Bytes(1 + random_.below(5), static_cast<uint8_t>(random_.below(200))));
            diff.code_hash = crypto::keccak256(*diff.code);
        }
        diff.storage_cleared = now != nullptr && random_.chance(100);
        if (random_.chance(500)) {
            const uint64_t count = 1 + random_.below(SLOTS);
            for (uint64_t i = 0; i < count; ++i) {
                diff.storage[slot_of(random_.below(SLOTS))] =
                    random_.chance(400) ? Hash{} : slot_of(1 + random_.below(255));
            }
        }
    }

    Random& random_;
};

World after(const World& world, const StateDiff& diff) {
    World out = world;
    for (const auto& [address, change] : diff.accounts) {
        if (change.deleted) {
            out.erase(address);
            continue;
        }
        MemoryAccount& account = out[address];
        account.nonce = change.nonce;
        account.balance = change.balance;
        account.code_hash = change.code_hash;
        if (change.code) {
            account.code = change.code;
        }
        if (!account.code) {
            account.code = std::make_shared<const Bytes>();
        }
        if (change.storage_cleared) {
            account.storage.clear();
        }
        for (const auto& [key, value] : change.storage) {
            account.storage[key] = value;
        }
        std::erase_if(account.storage, [](const auto& slot) { return slot.second.is_zero(); });
    }
    return out;
}

Hash root_of(const World& world) {
    MemoryState state;
    for (const auto& [address, account] : world) {
        state.put(address, account.nonce, account.balance, *account.code, account.storage);
    }
    return state.state_root();
}

void expect_account(const StateView& view, const World& world, const Address& address) {
    const auto found = world.find(address);
    const auto account = view.account(address);
    ASSERT_EQ(account.has_value(), found != world.end());
    if (!account) {
        EXPECT_FALSE(view.has_storage(address));
        EXPECT_EQ(view.storage(address, slot_of(1)), Hash{});
        return;
    }
    const MemoryAccount& expected = found->second;
    EXPECT_EQ(account->nonce, expected.nonce);
    EXPECT_EQ(account->balance, expected.balance);
    EXPECT_EQ(account->code_hash, expected.code_hash);
    EXPECT_EQ(*view.code(account->code_hash), *expected.code);
    EXPECT_EQ(view.has_storage(address), !expected.storage.empty());
    for (uint64_t i = 0; i < DiffMaker::SLOTS; ++i) {
        const auto slot = expected.storage.find(slot_of(i));
        EXPECT_EQ(view.storage(address, slot_of(i)),
                  slot == expected.storage.end() ? Hash{} : slot->second);
    }
}

void expect_world(const StateView& view, const World& world) {
    for (uint64_t i = 0; i < DiffMaker::ACCOUNTS; ++i) {
        expect_account(view, world, address_of(i));
    }
    EXPECT_FALSE(view.failed());
}

void expect_proof(const Snapshot& snapshot, uint64_t number, const World& world,
                  const Address& address) {
    std::vector<Hash> slots;
    for (uint64_t i = 0; i < DiffMaker::SLOTS; i += 3) {
        slots.push_back(slot_of(i));
    }
    const auto proof = snapshot.prove(number, address, slots);
    ASSERT_TRUE(proof) << to_string(proof.error());
    ASSERT_EQ(proof->state_root, root_of(world));
    const auto account =
        trie::verify_proof(proof->state_root, crypto::keccak256(address), proof->nodes);
    ASSERT_TRUE(account);
    ASSERT_EQ(account->has_value(), world.contains(address));
    if (!*account) {
        return;
    }
    Bytes expected;
    append_account_rlp(expected, *proof->account);
    EXPECT_EQ(**account, expected);
    EXPECT_EQ(proof->account->balance, world.at(address).balance);
    for (const SlotProof& slot : proof->slots) {
        const auto value = trie::verify_proof(proof->account->storage_root,
                                              crypto::keccak256(slot.key), slot.nodes);
        ASSERT_TRUE(value);
        Bytes rlp;
        append_slot_rlp(rlp, slot.value);
        EXPECT_EQ(value->value_or(Bytes{0x80}), rlp);
        const auto& storage = world.at(address).storage;
        const auto found = storage.find(slot.key);
        EXPECT_EQ(slot.value, found == storage.end() ? Hash{} : found->second);
    }
}

struct Round {
    StateDiff diff;
    World world;
    LayerPtr layer;
};

class RandomChain {
  public:
    RandomChain(uint64_t seed, StoreOptions options)
        : random_(seed), maker_(random_), options_(options) {
        kv_ = open_kv(directory_.path() + "/db");
        reopen();
    }

    void run(size_t rounds) {
        extend_and_commit(1, 1);
        for (size_t i = 0; i < rounds && !testing::Test::HasFatalFailure(); ++i) {
            extend_and_commit(1 + random_.below(4), random_.below(5));
            if (random_.chance(150)) {
                reopen();
            }
            if (random_.chance(50)) {
                flush(*kv_, *store_);
            }
            if (random_.chance(100)) {
                snapshots_.push_back(store_->snapshot());
            }
            if (random_.chance(100)) {
                read_history();
            }
            if (random_.chance(30)) {
                prune();
            }
        }
        read_history();
    }

    /// Deletes every account, which reads every node on disk, and leaves nothing behind.
    void prove() {
        if (store_->initialized()) {
            flush(*kv_, *store_);
            EXPECT_EQ(recompute_root(*kv_, FIRST_COLUMN).value(), store_->state_root());
        }
    }

    void empty_out() {
        flush(*kv_, *store_);
        reopen();
        StateDiff diff;
        for (const auto& [address, account] : worlds_.at(store_->number())) {
            diff.accounts[address].deleted = true;
        }
        auto layer = store_->compute_layer(nullptr, store_->number() + 1, diff);
        ASSERT_TRUE(layer) << to_string(layer.error());
        EXPECT_EQ((*layer)->state_root(), types::EMPTY_TRIE_ROOT);
        commit(*kv_, *store_, *layer);
        flush(*kv_, *store_);
        EXPECT_EQ(count_keys(*kv_, 0), 0U);
        EXPECT_EQ(count_keys(*kv_, 3), 0U);
        worlds_[store_->number()] = {};
        if (!options_.history) {
            EXPECT_EQ(count_keys(*kv_, 1), 0U);
            EXPECT_EQ(count_keys(*kv_, 4), 0U);
            EXPECT_EQ(count_keys(*kv_, 5), 1U);
            return;
        }
        while (store_->prune_history(store_->number(), 7).value()) {
        }
        EXPECT_EQ(count_keys(*kv_, 1), 0U);
        EXPECT_EQ(count_keys(*kv_, 4), 0U);
        EXPECT_EQ(count_keys(*kv_, 5), 1U);
    }

  private:
    void reopen() {
        store_.reset();
        auto store = Store::open(*kv_, FIRST_COLUMN, options_);
        ASSERT_TRUE(store) << to_string(store.error());
        store_ = std::move(store).value();
        if (store_->initialized()) {
            ASSERT_EQ(store_->state_root(), root_of(worlds_.at(store_->number())));
        }
    }

    void extend_and_commit(size_t layers, size_t commits) {
        std::vector<Round> rounds;
        const bool first = !store_->initialized();
        uint64_t number = first ? 0 : store_->number() + 1;
        World world = first ? World{} : worlds_.at(store_->number());
        for (size_t i = 0; i < layers; ++i) {
            const LayerPtr parent = rounds.empty() ? nullptr : rounds.back().layer;
            Round& round = rounds.emplace_back();
            round.diff = maker_.make(world);
            world = round.world = after(world, round.diff);
            auto layer = store_->compute_layer(parent, number++, round.diff);
            ASSERT_TRUE(layer) << to_string(layer.error());
            round.layer = *layer;
            ASSERT_EQ(round.layer->state_root(), root_of(world));
            const auto view = store_->view(round.layer);
            for (int reads = 0; reads < 5; ++reads) {
                expect_account(*view, world, address_of(random_.below(DiffMaker::ACCOUNTS)));
            }
        }
        for (size_t i = 0; i < std::min(commits, layers); ++i) {
            commit(*kv_, *store_, rounds[i].layer);
            worlds_[store_->number()] = rounds[i].world;
            if (i + 1 < layers) {  // Later layers still read right.
                expect_world(*store_->view(rounds.back().layer), world);
            }
        }
        if (store_->initialized()) {
            expect_world(*store_->view(nullptr), worlds_.at(store_->number()));
        }
    }

    void read_history() {
        snapshots_.push_back(store_->snapshot());
        for (const auto& snapshot : snapshots_) {
            const uint64_t begin = snapshot->history_begin();
            EXPECT_EQ(snapshot->at(snapshot->number() + 1), nullptr);
            if (begin > 0) {
                EXPECT_EQ(snapshot->at(begin - 1), nullptr);
            }
            for (int i = 0; i < 3; ++i) {
                const uint64_t number = begin + random_.below(snapshot->number() - begin + 1);
                expect_world(*snapshot->at(number), worlds_.at(number));
                expect_proof(*snapshot, number, worlds_.at(number),
                             address_of(random_.below(DiffMaker::ACCOUNTS)));
            }
        }
        if (snapshots_.size() > 4) {
            snapshots_.clear();
        }
    }

    void prune() {
        const uint64_t below = random_.below(store_->number() + 1);
        while (store_->prune_history(below, 3).value()) {
        }
        read_history();
    }

    Random random_;
    DiffMaker maker_;
    StoreOptions options_;
    storage::testing::TemporaryDirectory directory_;
    std::unique_ptr<storage::KeyValueStore> kv_;
    std::vector<std::shared_ptr<const Snapshot>> snapshots_;
    std::unique_ptr<Store> store_;
    std::map<uint64_t, World> worlds_;
};

StoreOptions tiny_options() {
    return {.flat_cache_bytes = 20000, .trie_cache_bytes = 4000, .flush_blocks = 6};
}

TEST(Store, random_chains_equal_the_model) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(seed);
        RandomChain chain(seed, tiny_options());
        chain.run(90);
        chain.prove();
        chain.empty_out();
        chain.prove();
        if (testing::Test::HasFatalFailure()) {
            return;
        }
    }
}

TEST(Store, random_chains_with_large_caches_and_every_block_flushed) {
    for (uint64_t seed = 101; seed <= 102; ++seed) {
        SCOPED_TRACE(seed);
        RandomChain chain(seed, {.flush_blocks = 1});
        chain.run(80);
        chain.empty_out();
    }
}

TEST(Store, random_chains_without_history_keep_no_garbage) {
    for (uint64_t seed = 201; seed <= 202; ++seed) {
        SCOPED_TRACE(seed);
        StoreOptions options = tiny_options();
        options.history = false;
        RandomChain chain(seed, options);
        chain.run(80);
        chain.empty_out();
    }
}

class StoreTest : public ::testing::Test {
  protected:
    void SetUp() override {
        kv_ = open_kv(directory_.path() + "/db");
        reopen();
    }
    void reopen() {
        store_.reset();
        auto store = Store::open(*kv_, FIRST_COLUMN, tiny_options());
        ASSERT_TRUE(store);
        store_ = std::move(store).value();
    }
    static StateDiff balance_diff(uint64_t account, uint64_t balance) {
        StateDiff diff;
        AccountDiff& change = diff.accounts[address_of(account)];
        change.balance = balance;
        change.code_hash = types::EMPTY_CODE_HASH;
        return diff;
    }
    LayerPtr compute(const LayerPtr& parent, uint64_t number, const StateDiff& diff) {
        auto layer = store_->compute_layer(parent, number, diff);
        EXPECT_TRUE(layer);
        return std::move(layer).value();
    }
    LayerPtr commit_balance(uint64_t number, uint64_t account, uint64_t balance) {
        LayerPtr layer = compute(nullptr, number, balance_diff(account, balance));
        commit(*kv_, *store_, layer);
        return layer;
    }

    storage::testing::TemporaryDirectory directory_;
    std::unique_ptr<storage::KeyValueStore> kv_;
    std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, genesis_keeps_empty_accounts) {
    types::Genesis genesis;
    genesis.alloc[address_of(1)] = {};
    genesis.alloc[address_of(2)] = {.nonce = 1, .balance = 5, .code = {1, 2}, .storage = {}};
    genesis.alloc[address_of(2)].storage[slot_of(1)] = slot_of(9);
    genesis.alloc[address_of(2)].storage[slot_of(2)] = {};
    commit(*kv_, *store_, compute(nullptr, 0, genesis_diff(genesis)));
    MemoryState expected;
    expected.put(address_of(1), 0, 0, {}, {});
    expected.put(address_of(2), 1, 5, {1, 2}, {{slot_of(1), slot_of(9)}});
    EXPECT_EQ(store_->state_root(), expected.state_root());
    EXPECT_TRUE(store_->view(nullptr)->account(address_of(1)).has_value());
    reopen();
    EXPECT_EQ(store_->state_root(), expected.state_root());
}

TEST_F(StoreTest, an_empty_genesis_is_a_state) {
    EXPECT_FALSE(store_->initialized());
    commit(*kv_, *store_, compute(nullptr, 0, {}));
    EXPECT_TRUE(store_->initialized());
    EXPECT_EQ(store_->state_root(), types::EMPTY_TRIE_ROOT);
    reopen();
    EXPECT_TRUE(store_->initialized());
    commit_balance(1, 1, 7);
    reopen();
    EXPECT_EQ(store_->number(), 1U);
}

TEST_F(StoreTest, only_a_child_of_the_head_is_committed) {
    commit_balance(0, 1, 7);
    const LayerPtr a = compute(nullptr, 1, balance_diff(1, 8));
    const LayerPtr b = compute(a, 2, balance_diff(1, 9));
    const LayerPtr other = compute(nullptr, 1, balance_diff(1, 10));
    auto batch = kv_->batch();
    EXPECT_EQ(store_->stage_commit(b, batch).error(), StoreError::wrong_parent);
    commit(*kv_, *store_, a);
    EXPECT_EQ(store_->stage_commit(other, batch).error(), StoreError::wrong_parent);
    EXPECT_EQ(store_->compute_layer(other, 2, {}).error(), StoreError::wrong_parent);
    EXPECT_EQ(store_->compute_layer(nullptr, 5, {}).error(), StoreError::wrong_parent);
    EXPECT_TRUE(store_->compute_layer(a, 2, {}));
    commit(*kv_, *store_, b);
    EXPECT_EQ(store_->view(nullptr)->account(address_of(1))->balance, uint256(9));
}

TEST_F(StoreTest, a_batch_that_was_not_written_changes_nothing) {
    commit_balance(0, 1, 7);
    const LayerPtr layer = compute(nullptr, 1, balance_diff(1, 8));
    {
        auto lost = kv_->batch();
        ASSERT_TRUE(store_->stage_commit(layer, lost));
    }
    EXPECT_EQ(store_->number(), 0U);
    EXPECT_EQ(store_->view(nullptr)->account(address_of(1))->balance, uint256(7));
    commit(*kv_, *store_, layer);
    EXPECT_EQ(store_->number(), 1U);
}

TEST_F(StoreTest, uncommitted_layers_are_bounded) {
    commit_balance(0, 1, 7);
    LayerPtr top;
    for (uint64_t number = 1; number <= LAYERS_MAX; ++number) {
        top = compute(top, number, balance_diff(number % 5, number));
    }
    EXPECT_EQ(store_->compute_layer(top, LAYERS_MAX + 1, {}).error(), StoreError::too_deep);
    EXPECT_EQ(count_keys(*kv_, 0), 1U);  // Nothing of them is on disk.
}

TEST_F(StoreTest, a_copy_made_between_two_flushes_opens) {
    commit_balance(0, 1, 7);
    for (uint64_t number = 1; number <= 9; ++number) {
        commit_balance(number, number % 4, number);
        const std::string copy = directory_.path() + "/copy" + std::to_string(number);
        ASSERT_TRUE(kv_->checkpoint(copy));
    }
    for (uint64_t number = 1; number <= 9; ++number) {
        const auto kv = open_kv(directory_.path() + "/copy" + std::to_string(number));
        const auto opened = Store::open(*kv, FIRST_COLUMN, tiny_options());
        ASSERT_TRUE(opened) << number;
        EXPECT_EQ((*opened)->number(), number);
        EXPECT_EQ((*opened)->view(nullptr)->account(address_of(number % 4))->balance,
                  uint256(number));
    }
}

TEST_F(StoreTest, a_forged_balance_changes_the_computed_root) {
    commit_balance(0, 1, 7);
    commit_balance(1, 2, 8);
    flush(*kv_, *store_);
    const Hash root = store_->state_root();
    EXPECT_EQ(recompute_root(*kv_, FIRST_COLUMN).value(), root);
    auto record = kv_->get(FIRST_COLUMN, crypto::keccak256(address_of(2))).value().value();
    auto decoded = decode_record(record).value();
    decoded.account.balance = 9;
    Bytes forged;
    append_record(forged, decoded);
    auto batch = kv_->batch();
    batch.put(FIRST_COLUMN, crypto::keccak256(address_of(2)), forged);
    ASSERT_TRUE(kv_->commit(batch));
    EXPECT_NE(recompute_root(*kv_, FIRST_COLUMN).value(), root);
    batch.put(FIRST_COLUMN, crypto::keccak256(address_of(2)), Bytes{0xff});
    ASSERT_TRUE(kv_->commit(batch));
    EXPECT_EQ(recompute_root(*kv_, FIRST_COLUMN).error(), StoreError::corrupt);
}

TEST_F(StoreTest, damaged_records_are_errors_and_no_answers) {
    commit_balance(0, 1, 7);
    reopen();
    auto batch = kv_->batch();
    batch.put(FIRST_COLUMN, crypto::keccak256(address_of(1)), Bytes{0xff});
    ASSERT_TRUE(kv_->commit(batch));
    const auto view = store_->view(nullptr);
    EXPECT_FALSE(view->account(address_of(1)));
    EXPECT_TRUE(view->failed());
    EXPECT_EQ(store_->compute_layer(nullptr, 1, balance_diff(1, 3)).error(), StoreError::io);
    const auto published = store_->snapshot()->at(0);
    EXPECT_FALSE(published->account(address_of(1)));
    EXPECT_TRUE(published->failed());
    batch.put(FIRST_COLUMN + 5, bytes_of("head"), Bytes{1, 2, 3});
    ASSERT_TRUE(kv_->commit(batch));
    store_.reset();
    EXPECT_EQ(Store::open(*kv_, FIRST_COLUMN, tiny_options()).error(), StoreError::corrupt);
}

}  // namespace
}  // namespace otento::state
