// What the subcommands share in reading their arguments.
#include "commands.hpp"

#include <otento/base/logger.hpp>

#include <fmt/core.h>

namespace otento::apps {
namespace {

logger::Level to_level(config::LogLevel level) {
    switch (level) {
        case config::LogLevel::error:
            return logger::Level::error;
        case config::LogLevel::warn:
            return logger::Level::warn;
        case config::LogLevel::info:
            return logger::Level::info;
        case config::LogLevel::debug:
            return logger::Level::debug;
        case config::LogLevel::trace:
            return logger::Level::trace;
    }
    return logger::Level::info;
}

}  // namespace

int fail(const std::string& message) {
    logger::flush();
    fmt::print(stderr, "error: {}\n", message);
    return 1;
}

int misused(const std::string& message, std::string_view synopsis) {
    logger::flush();
    fmt::print(stderr, "error: {}\nusage: otento {}\n", message, synopsis);
    return 2;
}

bool take_switch(Arguments& arguments, std::string_view name) {
    return std::erase(arguments, name) != 0;
}

std::optional<std::string> take_value(Arguments& arguments, std::string_view name) {
    std::optional<std::string> out;
    for (size_t i = 0; i < arguments.size();) {
        const std::string& word = arguments[i];
        const auto at = arguments.begin() + static_cast<ptrdiff_t>(i);
        if (word == name && i + 1 < arguments.size()) {
            out = arguments[i + 1];
            arguments.erase(at, at + 2);
        } else if (word.starts_with(name) && word.size() > name.size() &&
                   word[name.size()] == '=') {
            out = word.substr(name.size() + 1);
            arguments.erase(at);
        } else {
            ++i;
        }
    }
    return out;
}

std::optional<config::CommandLine> node_flags(const Arguments& arguments) {
    auto parsed = config::parse_command_line(arguments);
    if (!parsed) {
        fail(parsed.error().message);
        return std::nullopt;
    }
    const config::NodeOptions& options = parsed->options;
    logger::set_level(to_level(config::log_level(options.verbosity)));
    if (!options.log_file.empty() && !logger::add_file(options.log_file)) {
        fail("cannot open the log file " + options.log_file);
        return std::nullopt;
    }
    for (const std::string& notice : parsed->notices) {
        logger::warn("config", "{}", notice);
    }
    return *std::move(parsed);
}

}  // namespace otento::apps
