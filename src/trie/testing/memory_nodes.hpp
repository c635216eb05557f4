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

    Result<std::vector<LeafEntry>, TrieError> leaves(const Path& prefix,
                                                     size_t limit) const override {
        ++scans;
        std::vector<LeafEntry> out;
        for (auto at = flat.lower_bound(prefix.packed); at != flat.end() && out.size() < limit;
             ++at) {
            if (Path::prefix_of(at->first, prefix.length) != prefix) {
                break;
            }
            out.push_back({at->first, at->second});
        }
        return out;
    }

    /// Writes what is new in `root`, after deleting what was removed; `records` is its content.
    void flush(const Root& root, UpdateLog& log, const std::map<Hash, Bytes>& records) {
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
        flat = records;
    }

    std::map<Bytes, Bytes> nodes;
    std::map<Hash, Bytes> flat;
    mutable size_t reads = 0;
    mutable size_t scans = 0;
};

}  // namespace otento::trie::testing
