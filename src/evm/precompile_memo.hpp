// Results of the last very expensive precompile calls. A block is executed more than once
// (estimate, build, trace, verify), and one such call can cost more than all else in it.
#pragma once

#include <otento/evm/precompile.hpp>

#include <array>

namespace otento::evm {

/// One owner. Holds copies of ENTRIES inputs and outputs at most.
class PrecompileMemo {
  public:
    /// Cheaper calls are made again: looking them up is not worth its while.
    static constexpr uint64_t GAS_MIN = 1'000'000;
    static constexpr size_t ENTRIES = 4;
    static constexpr size_t INPUT_BYTES_MAX = 64 << 10;

    /// As Precompile::run. @param cost  What the call is charged.
    [[nodiscard]] bool run(const Precompile& precompile, BytesView input, Fork fork, uint64_t cost,
                           Bytes& output);

  private:
    struct Entry {
        const Precompile* precompile = nullptr;
        Fork fork{};
        Bytes input;
        Bytes output;
    };

    std::array<Entry, ENTRIES> entries_;
    size_t next_ = 0;  ///< To be replaced.
};

}  // namespace otento::evm
