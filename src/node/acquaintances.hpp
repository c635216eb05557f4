// Which raft log each member has come with. A log has a random birth mark; a raft id that comes
// with another one has lost its log, or its key is used twice, and has no vote to give.
#pragma once

#include <otento/base/result.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace otento::node {

/// The mark of the raft log in `directory`, made if there is none.
[[nodiscard]] Result<uint64_t, std::string> load_or_make_birth(const std::string& directory);

/// Kept in a file in the directory of our own raft log, with which it goes: whoever begins anew has
/// nobody to remember, or a cluster that was wiped as a whole could not form again. One owner.
class Acquaintances {
  public:
    [[nodiscard]] static Result<Acquaintances, std::string> open(std::string path);

    /// True for a member that is new here or comes with the log we know. Remembered before it
    /// returns, unless the disk is full.
    [[nodiscard]] bool admit(uint64_t raft_id, uint64_t birth);

  private:
    explicit Acquaintances(std::string path) : path_(std::move(path)) {}

    std::string path_;
    std::map<uint64_t, uint64_t> births_;
};

}  // namespace otento::node
