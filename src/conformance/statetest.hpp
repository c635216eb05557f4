// `otento statetest PATH… [--fork F] [--jobs N] [--json]`: runs public state and block tests.
#pragma once

#include <string>
#include <vector>

namespace otento::conformance {

struct Failure {
    std::string file;
    std::string test_case;
    std::string reason;
};

struct Summary {
    size_t passed = 0;
    size_t failed = 0;
    size_t skipped = 0;
    std::vector<Failure> failures;  ///< In order of file and case.
    std::string error;              ///< Not empty: a path could not be read.
};

struct StatetestOptions {
    std::vector<std::string> paths;  ///< Files, folders, .tar.zst archives.
    std::string
        fork;  ///< Only cases of this fork or network, by its name in the files; empty: all.
    unsigned jobs = 1;
};

[[nodiscard]] Summary run_statetests(const StatetestOptions& options);

/// `{"passed","failed","skipped","failures":[{"file","case","reason"}…]}` on one line.
[[nodiscard]] std::string to_json(const Summary& summary);

/// The command. @return  Exit code: 0 all passed, 1 failures, 2 bad arguments or unreadable paths.
[[nodiscard]] int statetest_main(const std::vector<std::string>& arguments);

}  // namespace otento::conformance
