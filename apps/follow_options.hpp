// What `otento follow` and `otento cutover` have in common: their flags, their chain, and the two
// files by which they speak to each other.
#pragma once

#include "commands.hpp"

#include <otento/follow/follower.hpp>
#include <otento/node/datadir.hpp>

#include <functional>
#include <optional>
#include <string>

namespace otento::apps {

struct FollowOptions {
    std::string from;  ///< Endpoint of the source.
    std::string datadir;
    std::string genesis;                  ///< For a data directory without chain.
    std::optional<uint64_t> height = {};  ///< --until, --height.
    uint64_t poll_ms = 250;
    uint64_t quiet_ms = 2'000;
    uint64_t patience_ms = 60'000;
    bool leave_behind = false;
    bool json = false;
};

/// @param command  "follow" or "cutover": which flags there are.
[[nodiscard]] Result<FollowOptions, std::string> parse_follow_options(const Arguments& arguments,
                                                                      std::string_view command);

/// The error is a sentence.
[[nodiscard]] Result<node::OpenedChain, std::string> open_followed_chain(
    const FollowOptions& options);
/// Keeps rules that were found out. For follow::FollowOptions::rules_found; `opened` outlives it.
[[nodiscard]] std::function<Result<void, std::string>(const types::ChainConfig&)> rules_keeper(
    node::OpenedChain& opened);

/// One JSON line on standard output.
void print_status(const follow::FollowStatus& status);

/// Asks the follower of a data directory to end, at a height or (empty) where its source is.
[[nodiscard]] bool write_cutover_request(const std::string& datadir,
                                         std::optional<uint64_t> height);
/// Nothing: there is no request. A request without height is an empty optional inside.
[[nodiscard]] std::optional<std::optional<uint64_t>> read_cutover_request(
    const std::string& datadir);
void remove_cutover_request(const std::string& datadir);

/// What a cutover that passed has left, so that nobody follows any more.
[[nodiscard]] bool write_cutover_record(const std::string& datadir, const std::string& text);
[[nodiscard]] std::optional<std::string> read_cutover_record(const std::string& datadir);

}  // namespace otento::apps
