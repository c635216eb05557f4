#include <otento/evm/precompile_memo.hpp>

namespace otento::evm {

bool PrecompileMemo::run(const Precompile& precompile, BytesView input, Fork fork, uint64_t cost,
                         Bytes& output) {
    if (cost < GAS_MIN || input.size() > INPUT_BYTES_MAX) {
        return precompile.run(input, fork, output);
    }
    for (const Entry& entry : entries_) {
        if (entry.precompile == &precompile && (entry.fork == fork || !precompile.run_by_fork) &&
            equal(entry.input, input)) {
            output = entry.output;
            return true;
        }
    }
    if (!precompile.run(input, fork, output)) {
        return false;
    }
    entries_[next_] = {.precompile = &precompile,
                       .fork = fork,
                       .input = Bytes(input.begin(), input.end()),
                       .output = output};
    next_ = (next_ + 1) % ENTRIES;
    return true;
}

}  // namespace otento::evm
