#include <otento/node/permissions.hpp>

#include <otento/base/logger.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/node/durable_file.hpp>

namespace otento::node {

void Permissions::refresh(List& list, bool needed) {
    const std::string path = datadir_ + "/" + list.name;
    const auto bytes = read_whole(path);
    std::optional<std::string> text;
    if (bytes && *bytes) {
        text = std::string(as_text(**bytes));
    }
    if (read_ && bytes && text == list.text) {
        return;
    }
    list.text = text;
    list.keys.clear();
    list.readable = bytes && !text && !needed;
    if (!text) {
        if (!list.readable) {
            logger::error("p2p", "{} cannot be read: nobody is let in", path);
        }
        return;
    }
    const auto nodes = config::parse_static_nodes(*text);
    list.readable = nodes.has_value();
    if (!nodes) {
        logger::error("p2p", "{}: {}: nobody is let in", path, nodes.error().message);
        return;
    }
    for (const config::Enode& node : *nodes) {
        list.keys.insert(node.node_id);
    }
    logger::info("p2p", "{}: {} nodes", list.name, list.keys.size());
}

bool Permissions::permits(const p2p::NodeKey& node_key) {
    if (!enabled_) {
        return true;
    }
    refresh(allowed_, true);
    refresh(denied_, false);
    read_ = true;
    return allowed_.readable && denied_.readable && allowed_.keys.contains(node_key) &&
           !denied_.keys.contains(node_key);
}

}  // namespace otento::node
