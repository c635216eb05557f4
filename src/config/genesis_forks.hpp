// The forks of a genesis schedule in order, for parsing, checking and printing alike.
#pragma once

#include <otento/types/genesis.hpp>

#include <span>
#include <string_view>

namespace otento::config {

struct ForkField {
    std::string_view key;   ///< In `config`.
    std::string_view name;  ///< Of the fork; empty for a key that belongs to the fork before it.
    std::optional<uint64_t> types::ForkSchedule::* field;
    bool by_time;  ///< Activation by timestamp.
};

/// Oldest first.
[[nodiscard]] std::span<const ForkField> fork_fields() noexcept;

/// All forks up to `newest` from block 0 on; false for an unknown name.
[[nodiscard]] bool activate_all(types::ForkSchedule& forks, std::string_view newest) noexcept;

}  // namespace otento::config
