// Export of a chain as a file of blocks, byte for byte what `geth export` writes.
#pragma once

#include <otento/chain/chain_view.hpp>

#include <otento/base/result.hpp>

#include <string>

namespace otento::migrate {

struct ExportRange {
    uint64_t first = 0;
    uint64_t last = 0;  ///< Included.
};

/// Writes the blocks of `range`. @param append  As geth does for a range: behind what is there.
/// @return Bytes of blocks written (before compression), or one sentence.
[[nodiscard]] Result<uint64_t, std::string> export_blocks(const chain::ChainView& view,
                                                          const std::string& path,
                                                          const ExportRange& range, bool append);

}  // namespace otento::migrate
