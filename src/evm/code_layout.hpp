// Where code goes on and how far: what the translator wants to know before it starts.
#pragma once

#include <otento/evm/code_cache.hpp>
#include <otento/evm/opcodes.hpp>

#include <otento/base/uint256.hpp>

namespace otento::evm {

/// The code outlives it. Made in time linear in the code's size.
class CodeLayout {
  public:
    explicit CodeLayout(const AnalysedCode& code);

    [[nodiscard]] size_t size() const noexcept { return code_.size(); }
    [[nodiscard]] const uint8_t* data() const noexcept { return code_.data(); }
    /// STOP behind the end.
    [[nodiscard]] uint8_t opcode(size_t at) const noexcept {
        return at < code_.size() ? code_.data()[at] : static_cast<uint8_t>(OP_STOP);
    }
    [[nodiscard]] bool is_destination(const uint256& word) const noexcept {
        if (!word.fits_u64() || word.low64() >= code_.size()) {
            return false;
        }
        const uint64_t at = word.low64();
        return ((code_.jump_destinations()[at / 64] >> (at % 64)) & 1) != 0;
    }
    /// Opcodes from a jump destination up to the next one, or to where the code ends or goes
    /// elsewhere.
    [[nodiscard]] size_t stretch(size_t destination) const noexcept {
        return stretches_[destination];
    }
    /// Where the JUMPDESTs that stand side by side from `destination` on end.
    [[nodiscard]] size_t last_of_run(size_t destination) const noexcept {
        return runs_[destination];
    }

  private:
    void measure_stretches();
    void find_runs();

    const AnalysedCode& code_;
    std::vector<uint16_t> stretches_;  ///< By jump destination.
    std::vector<uint32_t> runs_;       ///< By jump destination.
};

}  // namespace otento::evm
