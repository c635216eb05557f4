// Whom the network should know: the members of the newest configuration, those who have just left
// (they are still told so), and in a node that joins, the members it was told of.
#pragma once

#include <otento/ordering/orderer.hpp>
#include <otento/p2p/network.hpp>

#include <optional>

namespace otento::node {

/// Empty for an address record that does not decode.
[[nodiscard]] std::optional<p2p::Endpoint> to_endpoint(const raft::Member& member);

/// Owned by the raft thread.
class MemberDirectory {
  public:
    /// @param listed  Where else members may be found, by their keys.
    explicit MemberDirectory(std::vector<p2p::Endpoint> contacts,
                             std::vector<p2p::Endpoint> listed = {})
        : contacts_(std::move(contacts)), listed_(std::move(listed)) {}

    /// What to tell the network, if that has changed.
    [[nodiscard]] std::optional<std::vector<p2p::Endpoint>> follow(const ordering::Status& status,
                                                                   uint64_t now_ms);
    /// UINT64_MAX if nothing is due.
    [[nodiscard]] uint64_t next_deadline_ms() const noexcept;

  private:
    struct Leaving {
        p2p::Endpoint endpoint;
        uint64_t until_ms = 0;
    };

    void add_listed(p2p::Endpoint& member) const;

    std::vector<p2p::Endpoint> contacts_;
    std::vector<p2p::Endpoint> listed_;
    std::vector<p2p::Endpoint> members_;
    std::vector<Leaving> leaving_;
    raft::Index configuration_index_ = UINT64_MAX;
};

}  // namespace otento::node
