// otento-console: the JavaScript console, apart from the node so that no JavaScript engine is in
// it. `otento attach` runs it.
#include <otento/console/console.hpp>

#include <fmt/core.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace otento::apps {
namespace {

struct Options {
    std::string endpoint;
    std::string datadir;
    std::string ipc_path = "geth.ipc";
    std::string script_folder;
    std::optional<std::string> script;
    std::vector<std::string> preload;
    bool help = false;
};

constexpr const char* USAGE =
    "usage: otento attach [flags] [ENDPOINT]\n"
    "  ENDPOINT         http://HOST:PORT, https://…, or the path of a local socket; without it\n"
    "                   the socket of --datadir\n"
    "  --datadir DIR    data directory of the node (its geth.ipc, and the history file)\n"
    "  --ipcpath PATH   local socket, within the data directory if it is a bare name\n"
    "  --exec SCRIPT    evaluate, print the result and end; exit code 1 if it throws\n"
    "  --preload FILES  scripts to load first, separated by commas\n"
    "  --jspath DIR     where relative names of scripts are looked up\n";

/// The option that a flag's value goes to; null for flags we do not have.
std::string* value_of(Options& options, std::string_view name, std::string& scratch) {
    if (name == "datadir") {
        return &options.datadir;
    }
    if (name == "ipcpath") {
        return &options.ipc_path;
    }
    if (name == "jspath") {
        return &options.script_folder;
    }
    return name == "exec" || name == "preload" ? &scratch : nullptr;
}

void add_preload(Options& options, std::string_view files) {
    while (!files.empty()) {
        const size_t end = std::min(files.find(','), files.size());
        if (end != 0) {
            options.preload.emplace_back(files.substr(0, end));
        }
        files.remove_prefix(std::min(end + 1, files.size()));
    }
}

Result<Options, std::string> parse(const std::vector<std::string>& arguments) {
    Options out;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (!argument.starts_with("-") || argument == "-") {
            if (!out.endpoint.empty()) {
                return Err(fmt::format("one endpoint is enough, not also '{}'", argument));
            }
            out.endpoint = argument;
            continue;
        }
        const size_t equals = argument.find('=');
        std::string_view name = argument.substr(0, equals);
        name.remove_prefix(name.starts_with("--") ? 2 : 1);
        if (name == "help" || name == "h") {
            out.help = true;
            continue;
        }
        std::string scratch;
        std::string* const value = value_of(out, name, scratch);
        if (value == nullptr) {
            return Err(fmt::format("unknown flag {}\n{}", argument, USAGE));
        }
        if (equals == std::string_view::npos && i + 1 == arguments.size()) {
            return Err(fmt::format("{} needs a value", argument));
        }
        *value = equals != std::string_view::npos ? std::string(argument.substr(equals + 1))
                                                  : arguments[++i];
        if (name == "exec") {
            out.script = scratch;
        } else if (name == "preload") {
            add_preload(out, scratch);
        }
    }
    return out;
}

std::string home_folder() {
    const char* const home = std::getenv("HOME");
    return home != nullptr ? home : ".";
}

std::string endpoint_of(const Options& options) {
    if (!options.endpoint.empty()) {
        return options.endpoint;
    }
    const bool bare = options.ipc_path.find('/') == std::string::npos;
    const std::string folder = options.datadir.empty() ? "." : options.datadir;
    return bare ? folder + "/" + options.ipc_path : options.ipc_path;
}

std::string history_of(const Options& options) {
    struct stat info{};
    if (!options.datadir.empty() && stat(options.datadir.c_str(), &info) == 0) {
        return options.datadir + "/history";
    }
    return home_folder() + "/.otento_history";
}

int fail(const std::string& message) {
    std::fflush(stdout);
    fmt::print(stderr, "error: {}\n", message);
    return 1;
}

int run(const std::vector<std::string>& arguments) {
    auto options = parse(arguments);
    if (!options) {
        fail(options.error());
        return 2;
    }
    if (options->help) {
        fmt::print("{}", USAGE);
        return 0;
    }
    auto transport =
        rpcclient::open_transport(endpoint_of(*options), {.interrupted = console::interrupted});
    if (!transport) {
        return fail(transport.error().detail);
    }
    auto console = console::Console::create(
        *std::move(transport), {.script_folder = options->script_folder,
                                .history = history_of(*options),
                                .colors = isatty(STDOUT_FILENO) != 0 && !options->script});
    if (!console) {
        return fail(console.error());
    }
    if (const auto connected = (*console)->connect(); !connected) {
        return fail(fmt::format("unable to attach: {}", connected.error()));
    }
    for (const std::string& file : options->preload) {
        if (const auto loaded = (*console)->run_file(file); !loaded) {
            return fail(
                fmt::format("failed to execute JavaScript file {}: {}", file, loaded.error()));
        }
    }
    if (!options->script) {
        return (*console)->interact();
    }
    const console::Evaluation result = (*console)->evaluate(*options->script);
    fmt::print("{}\n", result.text);
    return result.failed ? 1 : 0;
}

}  // namespace
}  // namespace otento::apps

int main(int argc, char** argv) {
    return otento::apps::run(std::vector<std::string>(argv + 1, argv + argc));
}
