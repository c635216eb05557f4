// The end of following: copies the rest up to a height and answers, point by point, whether the
// new network may start there.
#pragma once

#include <otento/follow/follower.hpp>

#include <optional>
#include <string>
#include <vector>

namespace otento::follow {

enum class Verdict { ok, note, failed };

struct CheckItem {
    Verdict verdict = Verdict::ok;
    std::string text = {};
};

struct CutoverOptions {
    std::optional<uint64_t> height = {};  ///< Absent: the source's head.
    bool leave_behind = false;            ///< Blocks of the source above the height are no failure.
    uint32_t quiet_ms = 2'000;            ///< How long the source's head must stand still.
    uint32_t patience_ms = 60'000;        ///< How long a source that is away is waited for.
    /// As FollowOptions has it.
    std::function<Result<void, std::string>(const types::ChainConfig& config)> rules_found = {};
    /// Waits; false ends the cutover.
    std::function<bool(uint32_t ms)> pause = {};
};

struct CutoverReport {
    std::vector<CheckItem> items = {};
    uint64_t number = 0;
    std::optional<size_t> members = {};  ///< Of the source's cluster, if it tells.

    [[nodiscard]] bool passed() const noexcept;
};

/// The checks stop at the first failure that makes the others meaningless.
[[nodiscard]] CutoverReport cut_over(chain::Chain& chain, Source& source,
                                     const CutoverOptions& options);

}  // namespace otento::follow
