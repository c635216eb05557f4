#include <otento/migrate/export.hpp>

#include <otento/migrate/block_file.hpp>

#include <fmt/core.h>

namespace otento::migrate {

Result<uint64_t, std::string> export_blocks(const chain::ChainView& view, const std::string& path,
                                            const ExportRange& range, bool append) {
    if (range.first > range.last) {
        return Err(fmt::format("export failed: first ({}) is greater than last ({})", range.first,
                               range.last));
    }
    if (range.last > view.head_number()) {
        return Err(fmt::format("export failed on #{}: not found, the chain ends at block {}",
                               view.head_number() + 1, view.head_number()));
    }
    const auto named = [&](const std::string& why) { return fmt::format("{} {}", path, why); };
    auto writer = BlockFileWriter::open(path, append);
    if (!writer) {
        return Err(named(writer.error()));
    }
    uint64_t bytes = 0;
    for (uint64_t number = range.first; number <= range.last; ++number) {
        const auto stored = view.block(number);
        if (!stored) {
            return Err(fmt::format("export failed on #{}: the block cannot be read", number));
        }
        const Bytes encoded = types::encode_block(*stored->block);
        bytes += encoded.size();
        if (const auto written = (*writer)->write(encoded); !written) {
            return Err(named(written.error()));
        }
    }
    if (const auto finished = (*writer)->finish(); !finished) {
        return Err(named(finished.error()));
    }
    return bytes;
}

}  // namespace otento::migrate
