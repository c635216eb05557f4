// The subcommands of `otento`: one file each, one row in the table of main.cpp.
#pragma once

#include <otento/config/options.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otento::apps {

using Arguments = std::vector<std::string>;

/// Runs on the arguments around the subcommand's name: flags may stand before or after it. Returns
/// the exit code: 0 done, 1 failed, 2 arguments not understood; the reason is on standard error by
/// then.
struct Command {
    const char* name;
    const char* synopsis;  ///< Behind "otento ".
    const char* summary;
    int (*run)(const Arguments&);
};

/// Prints the reason as the program's last line. Returns 1.
int fail(const std::string& message);

/// The same for arguments that are not understood, with the command's synopsis. Returns 2.
int misused(const std::string& message, std::string_view synopsis);

/// Takes a switch of a command's own out of its arguments; true if it was there.
[[nodiscard]] bool take_switch(Arguments& arguments, std::string_view name);
/// Takes `name VALUE` or `name=VALUE`; the last one counts.
[[nodiscard]] std::optional<std::string> take_value(Arguments& arguments, std::string_view name);

/// A node's flags in what is left: sets the log level and tells the notices. Empty, and the reason
/// is told, if they are not understood.
[[nodiscard]] std::optional<config::CommandLine> node_flags(const Arguments& arguments);

/// The whole program.
int run_program(const Arguments& arguments);

int run_account(const Arguments& arguments);
int run_attach(const Arguments& arguments);
int run_audit(const Arguments& arguments);
int run_bench(const Arguments& arguments);
int run_bench_block(const Arguments& arguments);
int run_cutover(const Arguments& arguments);
int run_devnet(const Arguments& arguments);
int run_follow(const Arguments& arguments);
int run_export(const Arguments& arguments);
int run_import(const Arguments& arguments);
int run_init(const Arguments& arguments);
int run_status(const Arguments& arguments);

}  // namespace otento::apps
