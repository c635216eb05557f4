// The subcommands of `otento`: one file each, one row in the table of main.cpp.
#pragma once

#include <otento/config/options.hpp>

#include <string>
#include <vector>

namespace otento::apps {

using Arguments = std::vector<std::string>;

/// Runs on the arguments behind the subcommand's name. Returns the exit code: 0 done, 1 failed,
/// 2 arguments not understood; the reason is on standard error by then.
struct Command {
    const char* name;
    const char* synopsis;  ///< Behind "otento ".
    const char* summary;
    int (*run)(const Arguments&);
};

/// Prints the reason as the program's last line. Returns 1.
int fail(const std::string& message);

/// The whole program.
int run_program(const Arguments& arguments);

int run_devnet(const Arguments& arguments);

}  // namespace otento::apps
