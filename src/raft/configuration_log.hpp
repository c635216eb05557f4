// The configurations along the log: the one at the snapshot and every later one, committed or not,
// so that a truncation falls back to the one before (Raft dissertation 4.1).
#pragma once

#include <otento/raft/raft.hpp>

namespace otento::raft {

class ConfigurationLog {
  public:
    /// Forgets everything but `configuration`, in force at `index` (a snapshot, or 0 at the start).
    void reset(Index index, Configuration configuration);

    /// In force, committed or not: "a server always uses the latest configuration in its log".
    [[nodiscard]] const Configuration& newest() const noexcept { return stack_.back().value; }
    [[nodiscard]] Index newest_index() const noexcept { return stack_.back().index; }
    /// In force at `index`, which is not before the oldest one kept.
    [[nodiscard]] const Configuration& at(Index index) const noexcept;
    /// True if `id` votes in the configuration at `commit_index` or in any later one.
    [[nodiscard]] bool may_be_voter(NodeId id, Index commit_index) const noexcept;

    void append(Index index, Configuration configuration);
    void truncate_from(Index index) noexcept;
    /// Forgets those that no snapshot from `index` on needs.
    void compact_to(Index index) noexcept;

  private:
    struct Item {
        Index index;
        Configuration value;
    };

    [[nodiscard]] size_t position_at(Index index) const noexcept;

    std::vector<Item> stack_{Item{0, {}}};
};

}  // namespace otento::raft
