// otento init: block 0 from a genesis document.
#include "commands.hpp"

#include <otento/base/logger.hpp>
#include <otento/node/node.hpp>

namespace otento::apps {

int run_init(const Arguments& arguments) {
    const auto parsed = node_flags(arguments);
    if (!parsed) {
        return 1;
    }
    if (parsed->positional.size() != 1) {
        return misused("init takes one genesis file", "--datadir DIR init GENESIS.json");
    }
    const auto hash = node::init_datadir(parsed->options, parsed->positional[0]);
    if (!hash) {
        return fail(hash.error());
    }
    logger::info("init", "wrote genesis block {} in {}", *hash, parsed->options.datadir);
    logger::flush();
    return 0;
}

}  // namespace otento::apps
