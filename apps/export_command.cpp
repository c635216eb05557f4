// otento export: the chain, or a range of it, as a file of blocks.
#include "commands.hpp"

#include <otento/base/logger.hpp>
#include <otento/config/flag_values.hpp>
#include <otento/migrate/export.hpp>
#include <otento/node/datadir.hpp>

#include <fmt/core.h>

namespace otento::apps {
namespace {

constexpr std::string_view SYNOPSIS = "--datadir DIR export FILE [FIRST LAST]";

}  // namespace

int run_export(const Arguments& arguments) {
    const auto parsed = node_flags(arguments);
    if (!parsed) {
        return 1;
    }
    const std::vector<std::string>& words = parsed->positional;
    if (words.size() != 1 && words.size() != 3) {
        return misused("export takes a file, and FIRST and LAST or neither", SYNOPSIS);
    }
    migrate::ExportRange range;
    const bool ranged = words.size() == 3;
    if (ranged && (config::assign(range.first, words[1]) || config::assign(range.last, words[2]))) {
        return misused("Export error in parsing parameters: block number not an integer", SYNOPSIS);
    }
    const auto chain = node::open_existing_chain(parsed->options);
    if (!chain) {
        return fail(chain.error());
    }
    const auto view = (*chain)->view();
    if (!ranged) {
        range.last = view->head_number();
    }
    const auto bytes = migrate::export_blocks(*view, words[0], range, ranged);
    if (!bytes) {
        return fail(bytes.error());
    }
    logger::info("export", "blocks {} to {} in {}, {} bytes of blocks", range.first, range.last,
                 words[0], *bytes);
    logger::flush();
    return 0;
}

}  // namespace otento::apps
