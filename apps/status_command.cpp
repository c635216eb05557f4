// otento status: who a running node is, whether it is ready, and the members it knows.
#include "commands.hpp"

#include <otento/jsonrpc/json.hpp>
#include <otento/jsonrpc/writer.hpp>
#include <otento/node/datadir.hpp>
#include <otento/rpcclient/transport.hpp>

#include <fmt/core.h>

namespace otento::apps {
namespace {

using jsonrpc::Value;

constexpr std::string_view SYNOPSIS = "status [ENDPOINT] [--datadir DIR] [--json]";
constexpr std::string_view CALLS = R"([{"jsonrpc":"2.0","id":1,"method":"otento_status"},)"
                                   R"({"jsonrpc":"2.0","id":2,"method":"raft_cluster"}])";
constexpr uint32_t TIMEOUT_MS = 5'000;

std::string_view text_of(Value object, std::string_view key) {
    const auto member = object.find(key);
    return member ? member->text() : std::string_view{};
}

/// Result of the call with that id in a batch's answer.
Result<Value, std::string> result_of(Value answers, std::string_view id) {
    for (const Value answer : answers) {
        if (text_of(answer, "id") != id) {
            continue;
        }
        if (const auto result = answer.find("result")) {
            return *result;
        }
        const auto error = answer.find("error");
        return Err(error ? std::string(text_of(*error, "message")) : "an answer without result");
    }
    return Err(std::string("not all calls were answered"));
}

std::string_view role_of(Value status) {
    const std::string_view role = text_of(status, "role");
    return role.empty() ? "no member" : role;
}

void print_status(Value status, Value members) {
    fmt::print("{}  raft ID {}, {}, block {}\n", text_of(status, "version"),
               text_of(status, "raftId"), role_of(status), text_of(status, "number"));
    fmt::print("{}: {}\n", text_of(status, "ready") == "true" ? "ready" : "not ready",
               text_of(status, "reason"));
    if (members.size() == 0) {
        return;
    }
    fmt::print("\n{:>7}  {:<9} {:<7} {:<40} {}\n", "raft ID", "role", "link", "address", "node id");
    for (const Value member : members) {
        const std::string address =
            fmt::format("{} {}/{}", text_of(member, "hostname"), text_of(member, "p2pPort"),
                        text_of(member, "raftPort"));
        fmt::print("{:>7}  {:<9} {:<7} {:<40} {}…\n", text_of(member, "raftId"),
                   text_of(member, "role"), text_of(member, "nodeActive") == "true" ? "up" : "down",
                   address, text_of(member, "nodeId").substr(0, 16));
    }
}

void copy_members(Value object, jsonrpc::Writer& out) {
    for (auto at = object.begin(); at != object.end(); ++at) {
        out.key(at.key()).raw((*at).raw());
    }
}

/// The answer of otento_status with the cluster as `members`.
std::string json_of(Value status, Value members) {
    jsonrpc::Writer out;
    out.begin_object();
    copy_members(status, out);
    out.key("members").begin_array();
    for (const Value member : members) {
        out.begin_object();
        copy_members(member, out);
        out.end_object();
    }
    out.end_array().end_object();
    return out.take();
}

/// What the user named, else the socket of the data directory.
Result<std::string, std::string> endpoint_of(const config::CommandLine& flags) {
    if (flags.positional.size() > 1) {
        return Err(fmt::format("one endpoint is enough, not also '{}'", flags.positional.back()));
    }
    if (!flags.positional.empty()) {
        return flags.positional[0];
    }
    if (flags.options.datadir.empty()) {
        return Err(std::string("which node? Name an endpoint, or the data directory"));
    }
    return node::ipc_path(flags.options);
}

}  // namespace

int run_status(const Arguments& arguments) {
    Arguments rest = arguments;
    const bool json = take_switch(rest, "--json");
    const auto flags = node_flags(rest);
    if (!flags) {
        return 2;
    }
    const auto endpoint = endpoint_of(*flags);
    if (!endpoint) {
        return misused(endpoint.error(), SYNOPSIS);
    }
    auto transport = rpcclient::open_transport(*endpoint, {.timeout_ms = TIMEOUT_MS});
    if (!transport) {
        return fail(transport.error().detail);
    }
    auto answer = (*transport)->exchange(CALLS);
    if (!answer) {
        return fail(answer.error().detail);
    }
    const auto parsed = jsonrpc::parse(*std::move(answer));
    if (!parsed) {
        return fail(fmt::format("{}: {}", *endpoint, to_string(parsed.error())));
    }
    const auto status = result_of(parsed->root(), "1");
    const auto members = result_of(parsed->root(), "2");
    if (!status || !members) {
        return fail(fmt::format("{}: {}", *endpoint,
                                status ? members.error()
                                       : status.error() + "; over HTTP the modules otento and raft "
                                                          "must be on (--http.api)"));
    }
    if (json) {
        fmt::print("{}\n", json_of(*status, *members));
    } else {
        print_status(*status, *members);
    }
    return text_of(*status, "ready") == "true" ? 0 : 1;
}

}  // namespace otento::apps
