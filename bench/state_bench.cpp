// What a block of transfers costs in state/: journal, root, commit. Prints microseconds per changed
// account.
//
//   state_bench [accounts] [accounts changed per block] [blocks] [directory]
#include <otento/base/clock.hpp>
#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/state/state.hpp>
#include <otento/state/store.hpp>

#include <fmt/core.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>

namespace {

using namespace otento;

Address address_of(uint64_t i) {
    uint8_t be[8];
    store_be(be, i);
    return Address::right_aligned(BytesView{crypto::keccak256(be)}.first(20));
}

double thread_us() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    const auto us = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

double process_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

struct Costs {
    double execute = 0;
    double root = 0;
    double stage = 0;
    double write = 0;
    double finish = 0;
};

class Bench {
  public:
    Bench(storage::KeyValueStore& kv, state::Store& store, uint64_t accounts)
        : kv_(kv), store_(store), accounts_(accounts) {}

    void genesis() {
        state::StateDiff diff;
        for (uint64_t i = 0; i < accounts_; ++i) {
            state::AccountDiff& account = diff.accounts[address_of(i)];
            account.balance = 1'000'000'000'000'000'000ULL;
            account.code_hash = types::EMPTY_CODE_HASH;
        }
        const SystemClock clock;
        const uint64_t start = clock.monotonic_ns();
        commit(store_.compute_layer(nullptr, 0, diff).value(), nullptr);
        fmt::print("genesis of {} accounts: {:.2f} s\n", accounts_,
                   static_cast<double>(clock.monotonic_ns() - start) * 1e-9);
    }

    void block(uint64_t changed, Costs* costs) {
        double at = thread_us();
        const auto view = store_.view(nullptr);
        state::State state(*view);
        for (uint64_t i = 0; i < changed; i += 2) {
            const Address from = address_of(random_.below(accounts_));
            const Address to = address_of(random_.below(accounts_));
            state.begin_transaction();
            state.set_nonce(from, state.nonce(from) + 1);
            const uint256 amount = state.balance(from) >> 20;
            state.subtract_balance(from, amount);
            state.add_balance(to, amount);
            state.end_transaction(true);
        }
        const state::StateDiff diff = state.diff();
        add(at, costs == nullptr ? nullptr : &costs->execute);
        const auto layer = store_.compute_layer(nullptr, store_.number() + 1, diff).value();
        add(at, costs == nullptr ? nullptr : &costs->root);
        commit(layer, costs);
    }

  private:
    static void add(double& at, double* sum) {
        const double now = thread_us();
        if (sum != nullptr) {
            *sum += now - at;
        }
        at = now;
    }

    void commit(const state::LayerPtr& layer, Costs* costs) {
        double at = thread_us();
        auto batch = kv_.batch();
        if (!store_.stage_commit(layer, batch)) {
            std::abort();
        }
        add(at, costs == nullptr ? nullptr : &costs->stage);
        if (!kv_.commit(batch)) {
            std::abort();
        }
        add(at, costs == nullptr ? nullptr : &costs->write);
        store_.finish_commit(layer);
        add(at, costs == nullptr ? nullptr : &costs->finish);
    }

    storage::KeyValueStore& kv_;
    state::Store& store_;
    uint64_t accounts_;
    Random random_{1};
};

uint64_t argument(int count, char** arguments, int i, uint64_t fallback) {
    return i < count ? std::strtoull(arguments[i], nullptr, 10) : fallback;
}

}  // namespace

int main(int count, char** arguments) {
    const uint64_t accounts = argument(count, arguments, 1, 100'000);
    const uint64_t changed = argument(count, arguments, 2, 1000);
    const uint64_t blocks = argument(count, arguments, 3, 200);
    const std::string path = count > 4 ? arguments[4] : "/tmp/otento-state-bench";
    std::filesystem::remove_all(path);
    auto kv = storage::KeyValueStore::open(
                  {.path = path, .column_families = state::Store::column_families()})
                  .value();
    const auto store = state::Store::open(*kv, 0, {}).value();
    Bench bench(*kv, *store, accounts);
    bench.genesis();
    for (uint64_t i = 0; i < blocks / 2; ++i) {
        bench.block(changed, nullptr);
    }
    Costs costs;
    const double start = process_us();
    const double start_thread = thread_us();
    for (uint64_t i = 0; i < blocks; ++i) {
        bench.block(changed, &costs);
    }
    const double all = process_us() - start;
    const double own = thread_us() - start_thread;
    const double divisor = static_cast<double>(blocks * changed);
    fmt::print(
        "per changed account, us: execute {:.2f}, root {:.2f}, stage {:.2f}, write {:.2f}, "
        "finish {:.2f}; thread {:.2f}, with background {:.2f}\n",
        costs.execute / divisor, costs.root / divisor, costs.stage / divisor, costs.write / divisor,
        costs.finish / divisor, own / divisor, all / divisor);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto statistics = kv->statistics();
    fmt::print("rss max {} MB, disk {} MB, store memory {} MB\n", usage.ru_maxrss >> 10,
               statistics.disk_bytes >> 20, statistics.memory_bytes >> 20);
    std::filesystem::remove_all(path);
    return 0;
}
