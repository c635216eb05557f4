// Reading words out of call data, and blocks out of a translation; shared by both interpreters.
#pragma once

#include <otento/evm/translation.hpp>

#include <otento/base/uint256.hpp>

namespace otento::evm {

/// CALLDATALOAD: the word at `offset`, zeros behind the end.
[[nodiscard]] inline uint256 load_word(BytesView source, const uint256& offset) noexcept {
    if (!offset.fits_u64() || offset.low64() >= source.size()) {
        return {};
    }
    const BytesView from = source.subspan(static_cast<size_t>(offset.low64()));
    if (from.size() >= 32) {
        return uint256::load_be32(from.data());
    }
    uint8_t word[32] = {};
    std::memcpy(word, from.data(), from.size());
    return uint256::load_be32(word);
}

/// 1 + the block that begins at a valid jump destination, else 0.
[[nodiscard]] inline uint32_t block_at(const Translation& translation,
                                       const uint256& target) noexcept {
    if (!target.fits_u64() || target.low64() >= translation.blocks.size()) {
        return 0;
    }
    return translation.blocks[static_cast<size_t>(target.low64())];
}

}  // namespace otento::evm
