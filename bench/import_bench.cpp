// What an import costs a core, with and without recovering senders: a classic chain of small blocks
// is minted in a folder, written to a file, and imported into another folder.
//
//   import_bench BLOCKS TRANSFERS_PER_BLOCK FOLDER [CORES]
//
// With CORES above 1 the import shares recovery with as many threads as the program does, and only
// its time by the clock is of interest; pin the process to that many cores.
#include <otento/chain/testing/fixture.hpp>
#include <otento/migrate/block_file.hpp>
#include <otento/migrate/testing/chain_files.hpp>
#include <otento/node/thread_pool.hpp>

#include <fmt/core.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace otento {
namespace {

constexpr size_t PIECE_BLOCKS = 32;  ///< As the import recovers them.

double thread_us() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

int run(unsigned blocks, unsigned transfers, const std::string& folder, unsigned cores) {
    std::filesystem::create_directories(folder);
    const types::Genesis genesis = migrate::testing::classic_genesis();
    const std::string file = folder + "/chain.rlp";
    {
        auto origin = chain::testing::open_chain(folder + "/origin", genesis);
        migrate::testing::mint(*origin, 1, blocks, transfers);
        migrate::testing::write_file(file, migrate::testing::chain_file(*origin));
    }
    double started = thread_us();
    auto reader = migrate::BlockFile::open(file);
    unsigned read = 0;
    std::vector<std::shared_ptr<const Bytes>> piece;
    for (bool more = true; more;) {
        auto block = (*reader)->next();
        more = block && *block;
        if (more) {
            piece.push_back(std::make_shared<const Bytes>(**std::move(block)));
        }
        if (piece.size() == PIECE_BLOCKS || !more) {
            for (const auto& decoded : chain::decode_and_recover_many(piece, genesis.config)) {
                read += decoded ? 1 : 0;
            }
            piece.clear();
        }
    }
    const double recovery = (thread_us() - started) / blocks;
    auto target = chain::testing::open_chain(folder + "/target", genesis);
    node::ThreadPool executor(cores - 1);
    SystemClock clock;
    migrate::ImportOptions options;
    options.files = {file};
    started = thread_us();
    const uint64_t wall_started = clock.monotonic_ns();
    const auto report = migrate::import_files(*target, executor, clock, options);
    const double whole = (thread_us() - started) / blocks;
    const double wall = static_cast<double>(clock.monotonic_ns() - wall_started) / 1e9;
    if (!report || read != blocks + 1) {
        fmt::print(stderr, "{}\n", report ? "read too little" : report.error().message);
        return 1;
    }
    if (cores > 1) {
        fmt::print(
            "{} blocks of {} transfers on {} cores: {:.0f} blocks/s, {:.0f} Mgas/s by the clock\n",
            blocks, transfers, cores, blocks / wall,
            static_cast<double>(report->progress.gas) / wall / 1e6);
        return 0;
    }
    fmt::print(
        "{} blocks of {} transfers: {:.1f} us of one core a block, {:.1f} to read and recover; "
        "{:.0f} blocks/s without recovery, {:.0f} with it on the same core, {:.0f} Mgas/s; {:.1f} s\n",
        blocks, transfers, whole, recovery, 1e6 / (whole - recovery), 1e6 / whole,
        static_cast<double>(report->progress.gas) / blocks / whole, wall);
    return 0;
}

}  // namespace
}  // namespace otento

int main(int argc, char** argv) {
    if (argc != 4 && argc != 5) {
        fmt::print(stderr, "usage: import_bench BLOCKS TRANSFERS_PER_BLOCK FOLDER [CORES]\n");
        return 2;
    }
    return otento::run(static_cast<unsigned>(std::atoi(argv[1])),
                       static_cast<unsigned>(std::atoi(argv[2])), argv[3],
                       argc == 5 ? std::max(1U, static_cast<unsigned>(std::atoi(argv[4]))) : 1);
}
