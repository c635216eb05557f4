// The table of flags: every spelling an operator's scripts may use, and what it does here.
#pragma once

#include <otento/config/options.hpp>

namespace otento::config {

/// Stores a value; returns what is wrong with it, or nothing. Switches get "true" or "false".
using FlagAction = std::optional<std::string> (*)(NodeOptions& options, std::string_view value);

struct Flag {
    std::vector<std::string_view> names;  ///< Without dashes; the first is shown in help.
    bool is_switch = false;
    FlagAction action = nullptr;  ///< Null: accepted, and `notice` says what it means now.
    std::string_view notice;      ///< Shown when the flag is used.
    std::string_view help;        ///< Empty: not listed.
};

[[nodiscard]] const std::vector<Flag>& flags();

/// Null if there is none of that name (without dashes).
[[nodiscard]] const Flag* find_flag(std::string_view name);
/// The known name with the fewest edits from `name`, or empty when none is near.
[[nodiscard]] std::string_view nearest_flag(std::string_view name);

/// Runs the flag's action and collects its notice. `source` is how it was written ("--rpcport").
[[nodiscard]] Result<void, Error> apply_flag(CommandLine& out, const Flag& flag,
                                             std::string_view source, std::string_view value);

}  // namespace otento::config
