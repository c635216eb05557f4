// Reading a command line with the table of flags.cpp.
#include <otento/config/flags.hpp>
#include <otento/config/text_file.hpp>

#include <fmt/core.h>

namespace otento::config {
namespace {

/// One flag as written: its table entry and its value.
struct Written {
    const Flag* flag;
    std::string source;
    std::string value;
};

struct Scanned {
    std::vector<Written> flags;
    std::vector<std::string> positional;
    bool help = false;
};

Error unknown_flag(std::string_view source, std::string_view name) {
    const auto near = nearest_flag(name);
    return Error{near.empty() ? fmt::format("unknown flag {}", source)
                              : fmt::format("unknown flag {}; did you mean --{}?", source, near)};
}

Result<Scanned, Error> scan(std::span<const std::string> args) {
    Scanned out;
    for (size_t i = 0; i < args.size(); ++i) {
        const std::string_view arg = args[i];
        if (arg == "--") {
            out.positional.insert(out.positional.end(),
                                  args.begin() + static_cast<ptrdiff_t>(i) + 1, args.end());
            break;
        }
        if (arg.size() < 2 || arg[0] != '-') {
            out.positional.emplace_back(arg);
            continue;
        }
        const size_t equals = arg.find('=');
        const std::string_view source = arg.substr(0, equals);
        const std::string_view name = source.substr(source.starts_with("--") ? 2 : 1);
        if (name == "help" || name == "h") {
            out.help = true;
            continue;
        }
        const Flag* flag = find_flag(name);
        if (flag == nullptr) {
            return Err(unknown_flag(source, name));
        }
        if (equals != std::string_view::npos) {
            out.flags.push_back({flag, std::string(source), std::string(arg.substr(equals + 1))});
        } else if (flag->is_switch) {
            out.flags.push_back({flag, std::string(source), "true"});
        } else if (i + 1 == args.size()) {
            return Err(Error{fmt::format("{} needs a value", source)});
        } else {
            out.flags.push_back({flag, std::string(source), args[++i]});
        }
    }
    return out;
}

}  // namespace

Result<CommandLine, Error> parse_command_line(std::span<const std::string> args) {
    TRY(auto scanned, scan(args));
    CommandLine out;
    out.positional = std::move(scanned.positional);
    out.help = scanned.help;
    // The file first, whatever the order, so that flags win over it.
    for (const auto& written : scanned.flags) {
        if (written.flag->names.front() == "config") {
            TRY(const auto text, read_text_file(written.value));
            if (auto applied = apply_toml(out, text); !applied) {
                return Err(Error{fmt::format("{}: {}", written.value, applied.error().message)});
            }
        }
    }
    for (const auto& written : scanned.flags) {
        TRY_VOID(apply_flag(out, *written.flag, written.source, written.value));
    }
    return out;
}

std::string flag_help() {
    std::string out;
    for (const auto& flag : flags()) {
        if (flag.help.empty()) {
            continue;
        }
        std::string names;
        for (const auto name : flag.names) {
            names += fmt::format("{}--{}", names.empty() ? "" : ", ", name);
        }
        out += fmt::format("  {:<40} {}\n", names + (flag.is_switch ? "" : " VALUE"), flag.help);
    }
    return out;
}

LogLevel log_level(int verbosity) noexcept {
    switch (verbosity) {
        case 0:
        case 1:
            return LogLevel::error;
        case 2:
            return LogLevel::warn;
        case 3:
            return LogLevel::info;
        case 4:
            return LogLevel::debug;
        default:
            return LogLevel::trace;
    }
}

}  // namespace otento::config
