#include <otento/base/ascii.hpp>
#include <otento/base/inbox.hpp>
#include <otento/conformance/archive.hpp>
#include <otento/conformance/judge.hpp>
#include <otento/conformance/statetest.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <thread>
#include <tuple>

namespace otento::conformance {

namespace {

constexpr unsigned JOBS_MAX = 64;

void judge_file(const std::string& path, std::string content, const std::string& fork,
                Summary& summary) {
    const auto fixtures = parse_fixtures(content);
    if (!fixtures) {
        ++summary.failed;
        summary.failures.push_back(
            {.file = path, .test_case = "parse", .reason = fixtures.error()});
        return;
    }
    const auto wanted = [&](std::string_view name) {
        return fork.empty() || equal_ignoring_case(fork, name);
    };
    const auto report = [&](Verdict verdict) {
        if (verdict.skipped) {
            ++summary.skipped;
        } else if (verdict.reason.empty()) {
            ++summary.passed;
        } else {
            ++summary.failed;
            summary.failures.push_back({.file = path,
                                        .test_case = std::move(verdict.test_case),
                                        .reason = std::move(verdict.reason)});
        }
    };
    for (const auto& fixture : fixtures->states) {
        judge_state(fixture, wanted, report);
    }
    for (const auto& fixture : fixtures->chains) {
        judge_chain(fixture, wanted, report);
    }
    summary.skipped += fixtures->others;
}

void append_escaped(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

struct Arguments {
    StatetestOptions options;
    bool json = false;
    std::string error;
};

[[nodiscard]] Arguments parse(const std::vector<std::string>& arguments) {
    Arguments out;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        const bool takes_value = argument == "--fork" || argument == "--jobs";
        if (takes_value && i + 1 == arguments.size()) {
            out.error = argument + " needs a value";
            return out;
        }
        if (argument == "--json") {
            out.json = true;
        } else if (argument == "--fork") {
            out.options.fork = arguments[++i];
        } else if (argument == "--jobs") {
            const std::string& value = arguments[++i];
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), out.options.jobs);
            if (error != std::errc{} || *end != '\0' || out.options.jobs == 0 ||
                out.options.jobs > JOBS_MAX) {
                out.error = fmt::format("--jobs takes a number from 1 to {}", JOBS_MAX);
                return out;
            }
        } else if (argument.starts_with("--")) {
            out.error = "unknown option " + argument;
            return out;
        } else {
            out.options.paths.push_back(argument);
        }
    }
    if (out.options.paths.empty()) {
        out.error = "no files or folders given";
    }
    return out;
}

}  // namespace

Summary run_statetests(const StatetestOptions& options) {
    // Each job walks all paths and takes every jobs-th file: no queue, and the order of files is
    // nobody's.
    std::vector<Summary> parts(options.jobs);
    const auto work = [&](unsigned job) {
        for (const auto& path : options.paths) {
            const std::string problem = visit_files(
                path, [&](size_t index) { return index % options.jobs == job; },
                [&](const std::string& file, std::string content) {
                    judge_file(file, std::move(content), options.fork, parts[job]);
                });
            if (!problem.empty()) {
                parts[job].error = problem;
                return;
            }
        }
    };
    std::vector<std::jthread> threads;
    for (unsigned job = 1; job < options.jobs; ++job) {
        threads.emplace_back(work, job);
    }
    work(0);
    threads.clear();

    Summary out;
    for (auto& part : parts) {
        out.passed += part.passed;
        out.failed += part.failed;
        out.skipped += part.skipped;
        std::ranges::move(part.failures, std::back_inserter(out.failures));
        if (!part.error.empty()) {
            out.error = part.error;
        }
    }
    std::ranges::sort(out.failures, [](const Failure& a, const Failure& b) {
        return std::tie(a.file, a.test_case) < std::tie(b.file, b.test_case);
    });
    return out;
}

std::string to_json(const Summary& summary) {
    std::string out = fmt::format(R"({{"passed":{},"failed":{},"skipped":{},"failures":[)",
                                  summary.passed, summary.failed, summary.skipped);
    for (const auto& failure : summary.failures) {
        out += &failure == summary.failures.data() ? R"({"file":)" : R"(,{"file":)";
        append_escaped(out, failure.file);
        out += R"(,"case":)";
        append_escaped(out, failure.test_case);
        out += R"(,"reason":)";
        append_escaped(out, failure.reason);
        out += '}';
    }
    return out + "]}";
}

int statetest_main(const std::vector<std::string>& arguments) {
    const Arguments parsed = parse(arguments);
    if (!parsed.error.empty()) {
        fmt::print(stderr,
                   "{}\nusage: otento statetest PATH... [--fork NAME] [--jobs N] [--json]\n",
                   parsed.error);
        return 2;
    }
    const Summary summary = run_statetests(parsed.options);
    if (!summary.error.empty()) {
        fmt::print(stderr, "{}\n", summary.error);
        return 2;
    }
    if (parsed.json) {
        fmt::print("{}\n", to_json(summary));
    } else {
        for (const auto& failure : summary.failures) {
            fmt::print("FAILED {} {}: {}\n", failure.file, failure.test_case, failure.reason);
        }
        fmt::print("{} passed, {} failed, {} skipped\n", summary.passed, summary.failed,
                   summary.skipped);
    }
    return summary.failed == 0 ? 0 : 1;
}

}  // namespace otento::conformance
