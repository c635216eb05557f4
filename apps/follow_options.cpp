#include "follow_options.hpp"

#include <otento/jsonrpc/writer.hpp>

#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace otento::apps {
namespace {

constexpr const char* FOLLOW_USAGE =
    "usage: otento follow --from URL --datadir DIR [--genesis FILE] [--until BLOCK] [--poll MS] "
    "[--json]";
constexpr const char* CUTOVER_USAGE =
    "usage: otento cutover --from URL --datadir DIR [--height BLOCK] [--leave-behind] [--quiet MS] "
    "[--patience MS] [--json]";

std::string request_path(const std::string& datadir) {
    return datadir + "/geth/cutover-request";
}

std::string record_path(const std::string& datadir) {
    return datadir + "/geth/cutover.json";
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(in), {});
}

bool write_file(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    return out.good();
}

std::optional<uint64_t> to_number(std::string_view text) {
    uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(out)
                                                                    : std::nullopt;
}

/// A flag with a value: where that goes. False for a value that is none.
bool assign(FollowOptions& out, std::string_view name, const std::string& value, bool& known) {
    const auto number = to_number(value);
    known = true;
    if (name == "from") {
        out.from = value;
    } else if (name == "datadir") {
        out.datadir = value;
    } else if (name == "genesis") {
        out.genesis = value;
    } else if (name == "until" || name == "height") {
        out.height = number;
        return number.has_value();
    } else if (name == "poll" || name == "quiet" || name == "patience") {
        uint64_t& to = name == "poll"    ? out.poll_ms
                       : name == "quiet" ? out.quiet_ms
                                         : out.patience_ms;
        to = number.value_or(0);
        return number.has_value() && *number <= UINT32_MAX;
    } else {
        known = false;
    }
    return true;
}

}  // namespace

Result<FollowOptions, std::string> parse_follow_options(const Arguments& arguments,
                                                        std::string_view command) {
    const char* const usage = command == "follow" ? FOLLOW_USAGE : CUTOVER_USAGE;
    FollowOptions out;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        const size_t equals = word.find('=');
        std::string_view name = word.substr(0, equals);
        if (!name.starts_with("-")) {
            return Err(fmt::format("'{}' is no flag\n{}", word, usage));
        }
        name.remove_prefix(name.starts_with("--") ? 2 : 1);
        if (name == "json" || name == "leave-behind") {
            (name == "json" ? out.json : out.leave_behind) = true;
            continue;
        }
        std::string value;
        if (equals != std::string_view::npos) {
            value = word.substr(equals + 1);
        } else if (i + 1 < arguments.size()) {
            value = arguments[++i];
        }
        bool known = false;
        if (!assign(out, name, value, known) || !known || value.empty()) {
            return Err(fmt::format("{} {}\n{}", word,
                                   known ? "needs a fitting value" : "is unknown", usage));
        }
    }
    if (out.from.empty() || out.datadir.empty()) {
        return Err(fmt::format("--from and --datadir are needed\n{}", usage));
    }
    return out;
}

Result<node::OpenedChain, std::string> open_followed_chain(const FollowOptions& options) {
    config::NodeOptions node_options;
    node_options.datadir = options.datadir;
    // What the data directory keeps may have been found out about the rules since.
    if (!std::filesystem::exists(options.datadir + "/geth/genesis.json")) {
        node_options.genesis = options.genesis;
    }
    return node::open_chain_for_import(node_options);
}

std::function<Result<void, std::string>(const types::ChainConfig&)> rules_keeper(
    node::OpenedChain& opened) {
    return [&opened](const types::ChainConfig& config) {
        opened.genesis.config = config;
        return node::keep_genesis(opened.datadir, opened.genesis);
    };
}

void print_status(const follow::FollowStatus& status) {
    jsonrpc::Writer out;
    out.begin_object();
    out.key("state").string(to_string(status.state));
    out.key("number").number(status.number);
    out.key("source").number(status.source_head);
    out.key("lag").number(status.lag());
    out.key("copied").number(status.copied);
    out.key("transactions").number(status.transactions);
    if (!status.text.empty()) {
        out.key("text").string(status.text);
    }
    out.end_object();
    fmt::print("{}\n", out.view());
    std::fflush(stdout);
}

bool write_cutover_request(const std::string& datadir, std::optional<uint64_t> height) {
    return write_file(request_path(datadir), height ? std::to_string(*height) : "head");
}

std::optional<std::optional<uint64_t>> read_cutover_request(const std::string& datadir) {
    const auto text = read_file(request_path(datadir));
    if (!text || (*text != "head" && !to_number(*text))) {
        return std::nullopt;
    }
    return to_number(*text);
}

void remove_cutover_request(const std::string& datadir) {
    std::error_code error;
    std::filesystem::remove(request_path(datadir), error);
}

bool write_cutover_record(const std::string& datadir, const std::string& text) {
    return write_file(record_path(datadir), text + "\n");
}

std::optional<std::string> read_cutover_record(const std::string& datadir) {
    return read_file(record_path(datadir));
}

}  // namespace otento::apps
