// A node store in memory for tests: what a column family would hold for one trie.
#pragma once

#include <otento/trie/mpt.hpp>

#include <map>

namespace otento::trie::testing {

class MemoryNodes final : public NodeReader {
  public:
    Result<std::optional<Bytes>, TrieError> read(const Path& path) const override {
        ++reads;
        const auto found = nodes.find(to_bytes(path.encode()));
        return found == nodes.end() ? std::optional<Bytes>{} : std::optional<Bytes>(found->second);
    }

    /// Writes what is new in `root`, after deleting `removed`.
    void flush(const Root& root, UpdateLog& log) {
        for (const Path& path : log.removed) {
            nodes.erase(to_bytes(path.encode()));
        }
        log.removed.clear();
        visit_unpersisted(root, [&](const Path& path, const Node& node) {
            Bytes stored;
            encode_stored(node, path.length, stored);
            nodes[to_bytes(path.encode())] = std::move(stored);
        });
        mark_persisted(root);
    }

    std::map<Bytes, Bytes> nodes;
    mutable size_t reads = 0;
};

}  // namespace otento::trie::testing
