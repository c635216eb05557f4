// otento cutover: ends following at a height, with a checklist.
#include "follow_options.hpp"

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/node_key.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/follow/cutover.hpp>
#include <otento/jsonrpc/writer.hpp>

#include <fmt/core.h>

#include <cstdio>
#include <ctime>
#include <filesystem>

namespace otento::apps {
namespace {

using follow::CheckItem;
using follow::CutoverReport;
using follow::Verdict;

constexpr uint32_t LOCK_RETRY_MS = 200;
constexpr std::string_view IN_USE = "in use by another process";  // Of node::open_chain_for_import.

bool pause_ms(uint32_t ms) {
    const timespec wait{.tv_sec = static_cast<time_t>(ms / 1000),
                        .tv_nsec = static_cast<long>(ms % 1000) * 1'000'000};
    return nanosleep(&wait, nullptr) == 0;
}

/// Opens the chain; a follower that has it is asked to end first.
Result<node::OpenedChain, std::string> take_over(const FollowOptions& options) {
    bool asked = false;
    for (uint64_t waited_ms = 0;; waited_ms += LOCK_RETRY_MS) {
        auto opened = open_followed_chain(options);
        if (opened || opened.error().find(IN_USE) == std::string::npos ||
            waited_ms > options.patience_ms) {
            remove_cutover_request(options.datadir);
            return opened;
        }
        if (!asked) {
            asked = true;
            logger::info("cutover", "asking the follower of {} to end", options.datadir);
            if (!write_cutover_request(options.datadir, options.height)) {
                return Err(fmt::format("cannot write into {}", options.datadir));
            }
        }
        if (!pause_ms(LOCK_RETRY_MS)) {
            remove_cutover_request(options.datadir);
            return Err(std::string("interrupted"));
        }
    }
}

/// What this data directory needs to start as a member.
void check_identity(const FollowOptions& options, CutoverReport& report) {
    const auto nodes = config::load_static_nodes(options.datadir);
    if (!nodes || nodes->empty()) {
        report.items.push_back(
            {Verdict::failed,
             nodes ? "static-nodes.json is missing: copy the source's list into the data "
                     "directory, it names the members by their raft ids"
                   : nodes.error().message});
        return;
    }
    std::error_code error;
    const std::string path = config::node_key_path(options.datadir);
    if (!std::filesystem::exists(path, error)) {
        report.items.push_back(
            {Verdict::failed,
             fmt::format("{} is missing: copy the source's node key, it is the member's identity",
                         path)});
        return;
    }
    const auto key = config::read_node_key(path);
    const auto public_key = key ? crypto::public_key(*key) : std::nullopt;
    const auto id = public_key ? config::raft_id_by_position(*nodes, *public_key)
                               : Result<uint64_t, config::Error>(
                                     Err(config::Error{fmt::format("{} is no node key", path)}));
    if (!id) {
        report.items.push_back({Verdict::failed, id.error().message});
        return;
    }
    report.items.push_back(
        {Verdict::ok, fmt::format("this node is raft id {} of {} members", *id, nodes->size())});
    if (report.members && *report.members != nodes->size()) {
        report.items.push_back(
            {Verdict::note, fmt::format("static-nodes.json names {} members, the source's cluster "
                                        "has {}",
                                        nodes->size(), *report.members)});
    }
}

std::string json_of(const CutoverReport& report, const chain::Chain& chain) {
    constexpr std::string_view NAMES[] = {"ok", "note", "failed"};
    jsonrpc::Writer out;
    out.begin_object();
    out.key("passed").boolean(report.passed());
    out.key("number").number(chain.head_number());
    out.key("head").data(chain.head()->hash);
    out.key("stateRoot").data(chain.head()->block->header.state_root);
    out.key("checks").begin_array();
    for (const CheckItem& item : report.items) {
        out.begin_object();
        out.key("verdict").string(NAMES[static_cast<size_t>(item.verdict)]);
        out.key("text").string(item.text);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return out.take();
}

void print_checklist(const CutoverReport& report) {
    constexpr const char* MARKS[] = {"[ok]  ", "[note]", "[FAIL]"};
    for (const CheckItem& item : report.items) {
        fmt::print("{} {}\n", MARKS[static_cast<size_t>(item.verdict)], item.text);
    }
}

}  // namespace

int run_cutover(const Arguments& arguments) {
    const auto options = parse_follow_options(arguments, "cutover");
    if (!options) {
        fail(options.error());
        return 2;
    }
    auto transport = rpcclient::open_transport(options->from);
    if (!transport) {
        return fail(transport.error().detail);
    }
    auto opened = take_over(*options);
    if (!opened) {
        return fail(opened.error());
    }
    chain::Chain& chain = *opened->chain;
    follow::Source source(*std::move(transport));
    follow::CutoverOptions cutover;
    cutover.height = options->height;
    cutover.leave_behind = options->leave_behind;
    cutover.quiet_ms = static_cast<uint32_t>(options->quiet_ms);
    cutover.patience_ms = static_cast<uint32_t>(options->patience_ms);
    cutover.rules_found = rules_keeper(*opened);
    cutover.pause = pause_ms;
    CutoverReport report = follow::cut_over(chain, source, cutover);
    check_identity(*options, report);
    if (const auto flushed = chain.flush(); !flushed) {
        report.items.push_back({Verdict::failed, "cannot write: " + flushed.error().detail});
    }
    const std::string json = json_of(report, chain);
    if (report.passed() && !write_cutover_record(options->datadir, json)) {
        return fail(fmt::format("cannot write into {}", options->datadir));
    }
    if (options->json) {
        fmt::print("{}\n", json);
    } else {
        print_checklist(report);
        fmt::print("{}\n", report.passed()
                               ? "passed: stop the source for good, then start the members here"
                               : "not passed: nothing has changed, following may go on");
    }
    return report.passed() ? 0 : 1;
}

}  // namespace otento::apps
