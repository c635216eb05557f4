// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of everything this module writes
// itself.
#pragma once

#include <otento/base/bytes.hpp>

namespace otento::storage {

/// Checksum of `data`, continuing from `seed` (the checksum of what came before; 0 at the start).
/// Uses the processor's CRC32 instruction where the build has it.
[[nodiscard]] uint32_t crc32c(BytesView data, uint32_t seed = 0) noexcept;

/// The same by table, on any processor.
[[nodiscard]] uint32_t crc32c_portable(BytesView data, uint32_t seed = 0) noexcept;

}  // namespace otento::storage
