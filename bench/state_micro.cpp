// Micro-benchmarks of tries and of the store below the state (Google Benchmark): what a block's
// changes cost the trie, what reads of flat records cost, warm and from files.
#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/state/store.hpp>
#include <otento/trie/mpt.hpp>

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace otento {
namespace {

constexpr size_t CHANGES_PER_BLOCK = 2000;  // A thousand transfers.
constexpr uint64_t BALANCE = 1'000'000'000'000'000'000;

Address address_of(uint64_t i) {
    uint8_t be[8];
    store_be(be, i);
    return Address::right_aligned(crypto::keccak256(be));
}

/// A store in a temporary folder with `accounts` accounts in table files.
class Ledger {
  public:
    explicit Ledger(uint64_t accounts) : accounts_(accounts) {
        path_ = (std::filesystem::temp_directory_path() /
                 fmt::format("otento-micro-{}-{}", getpid(), accounts))
                    .string();
        std::filesystem::remove_all(path_);
        kv_ = storage::KeyValueStore::open(
                  {.path = path_, .column_families = state::Store::column_families()})
                  .value();
        state_ = state::Store::open(*kv_, 0, {}).value();
        state::StateDiff diff;
        for (uint64_t i = 0; i < accounts; ++i) {
            state::AccountDiff& account = diff.accounts[address_of(i)];
            account.balance = BALANCE;
            account.code_hash = types::EMPTY_CODE_HASH;
        }
        commit(diff);
        ASSERT(kv_->flush().has_value());
    }
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    ~Ledger() {
        state_.reset();
        kv_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] state::StateDiff transfers() {
        state::StateDiff out;
        while (out.accounts.size() < CHANGES_PER_BLOCK) {
            state::AccountDiff& account = out.accounts[address_of(random_.below(accounts_))];
            account.nonce = random_.below(1'000'000) + 1;
            account.balance = BALANCE;
            account.code_hash = types::EMPTY_CODE_HASH;
        }
        return out;
    }
    [[nodiscard]] state::LayerPtr compute(const state::StateDiff& diff) {
        const uint64_t number = state_->initialized() ? state_->number() + 1 : 0;
        return state_->compute_layer(nullptr, number, diff).value();
    }
    void commit(const state::StateDiff& diff) { commit(compute(diff)); }
    void commit(const state::LayerPtr& layer) {
        auto batch = kv_->batch();
        ASSERT(state_->stage_commit(layer, batch).has_value());
        ASSERT(kv_->commit(batch).has_value());
        state_->finish_commit(layer);
    }

    [[nodiscard]] const storage::KeyValueStore& kv() const noexcept { return *kv_; }
    [[nodiscard]] Address any_address() { return address_of(random_.below(accounts_)); }

  private:
    uint64_t accounts_;
    std::string path_;
    std::unique_ptr<storage::KeyValueStore> kv_;
    std::unique_ptr<state::Store> state_;
    Random random_{1};
};

void count_changes(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(CHANGES_PER_BLOCK));
}

void state_root_of_a_block(benchmark::State& state) {
    Ledger ledger(static_cast<uint64_t>(state.range(0)));
    for (auto _ : state) {
        state.PauseTiming();
        const state::StateDiff diff = ledger.transfers();
        state.ResumeTiming();
        const state::LayerPtr layer = ledger.compute(diff);
        state.PauseTiming();
        ledger.commit(layer);
        state.ResumeTiming();
    }
    count_changes(state);
}
BENCHMARK(state_root_of_a_block)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

void state_commit_of_a_block(benchmark::State& state) {
    Ledger ledger(static_cast<uint64_t>(state.range(0)));
    for (auto _ : state) {
        state.PauseTiming();
        const state::LayerPtr layer = ledger.compute(ledger.transfers());
        state.ResumeTiming();
        ledger.commit(layer);
    }
    count_changes(state);
}
BENCHMARK(state_commit_of_a_block)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

/// No reads: all nodes stay in memory.
class NoNodes final : public trie::NodeReader {
  public:
    [[nodiscard]] Result<std::optional<Bytes>, trie::TrieError> read(
        const trie::Path&) const override {
        return std::optional<Bytes>{};
    }
    [[nodiscard]] Result<std::vector<trie::LeafEntry>, trie::TrieError> leaves(
        const trie::Path&, size_t) const override {
        return std::vector<trie::LeafEntry>{};
    }
};

void trie_update_and_hash(benchmark::State& state) {
    const auto count = static_cast<uint64_t>(state.range(0));
    std::vector<Hash> keys(count);
    for (uint64_t i = 0; i < count; ++i) {
        keys[i] = crypto::keccak256(address_of(i));
    }
    const NoNodes nodes;
    trie::Root root;
    trie::UpdateLog log;
    Random random(1);
    uint8_t value[70] = {1};
    const auto apply = [&](std::vector<Hash> changed) {
        std::ranges::sort(changed);
        changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
        std::vector<trie::Update> updates;
        for (const Hash& key : changed) {
            updates.push_back({key, value});
        }
        ASSERT(trie::update(root, updates, nodes, 0, log).has_value());
        trie::Root* const roots[] = {&root};
        trie::hash(roots);
    };
    apply(keys);
    uint32_t round = 0;
    for (auto _ : state) {
        state.PauseTiming();
        store_be(value, ++round);
        std::vector<Hash> changed;
        for (size_t i = 0; i < CHANGES_PER_BLOCK; ++i) {
            changed.push_back(keys[random.below(count)]);
        }
        state.ResumeTiming();
        apply(std::move(changed));
    }
    count_changes(state);
}
BENCHMARK(trie_update_and_hash)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

void store_read_of_an_account(benchmark::State& state) {
    Ledger ledger(static_cast<uint64_t>(state.range(0)));
    size_t bytes = 0;
    for (auto _ : state) {
        const Hash key = crypto::keccak256(ledger.any_address());
        const auto found =
            ledger.kv().visit(0, key, [&](BytesView value) { bytes += value.size(); });
        ASSERT(found.has_value());
        ASSERT(*found);
    }
    benchmark::DoNotOptimize(bytes);
}
BENCHMARK(store_read_of_an_account)->Arg(10'000)->Arg(1'000'000);

void store_read_of_an_absent_account(benchmark::State& state) {
    Ledger ledger(static_cast<uint64_t>(state.range(0)));
    uint64_t i = 1ULL << 40;
    for (auto _ : state) {
        const auto found =
            ledger.kv().visit(0, crypto::keccak256(address_of(++i)), [](BytesView) {});
        ASSERT(found.has_value());
        ASSERT(!*found);
    }
}
BENCHMARK(store_read_of_an_absent_account)->Arg(1'000'000);

/// What a small subtree costs that has left memory: the flat records below four nibbles.
void store_scan_of_a_subtree(benchmark::State& state) {
    Ledger ledger(static_cast<uint64_t>(state.range(0)));
    size_t records = 0;
    for (auto _ : state) {
        const Hash key = crypto::keccak256(ledger.any_address());
        const BytesView prefix = BytesView{key}.first(2);
        auto at = ledger.kv().iterate(0, {.lower = prefix});
        for (at.seek(prefix); at.valid() && equal(at.key().first(2), prefix); at.next()) {
            ++records;
        }
    }
    state.counters["records"] =
        static_cast<double>(records) / static_cast<double>(state.iterations());
}
BENCHMARK(store_scan_of_a_subtree)->Arg(1'000'000);

}  // namespace
}  // namespace otento
