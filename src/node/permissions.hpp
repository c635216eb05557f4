// --permissioned: which node keys may connect at all, by permissioned-nodes.json and
// disallowed-nodes.json in the data directory (spec/quorum-raft.md 4.1), on both ports, in both
// directions. Edits take effect within a second, for standing sessions as well.
#pragma once

#include <otento/p2p/network.hpp>

#include <optional>
#include <set>
#include <string>

namespace otento::node {

/// One owner: the network thread.
class Permissions {
  public:
    Permissions(std::string datadir, bool enabled)
        : datadir_(std::move(datadir)), enabled_(enabled) {}

    /// By node key only. The deny list wins; a missing or broken allow list admits nobody, a broken
    /// deny list denies everybody.
    [[nodiscard]] bool permits(const p2p::NodeKey& node_key);

  private:
    struct List {
        std::string name;
        std::optional<std::string> text{};  ///< As read; empty: absent.
        std::set<p2p::NodeKey> keys{};
        bool readable = false;
    };
    void refresh(List& list, bool needed);

    const std::string datadir_;
    const bool enabled_;
    List allowed_{.name = "permissioned-nodes.json"};
    List denied_{.name = "disallowed-nodes.json"};
    bool read_ = false;
};

}  // namespace otento::node
