// otento audit: who minted what.
#include "commands.hpp"

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/flag_values.hpp>
#include <otento/config/genesis.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/config/text_file.hpp>
#include <otento/migrate/audit.hpp>
#include <otento/migrate/block_file.hpp>
#include <otento/node/datadir.hpp>

#include <fmt/core.h>

#include <functional>

namespace otento::apps {
namespace {

constexpr std::string_view SYNOPSIS =
    "audit FILE… | --datadir DIR audit  [--genesis FILE] [--static-nodes FILE,…] [--json]";

/// Headers of a chain, to be walked through more than once.
using Visit = std::function<void(const types::Header&, bool has_private)>;
using Walk = std::function<Result<void, std::string>(const Visit&)>;

Result<void, std::string> walk_files(const std::vector<std::string>& files, const Visit& visit) {
    for (const std::string& path : files) {
        const auto named = [&](const std::string& why) {
            return Err(fmt::format("{}: {}", path, why));
        };
        const auto file = migrate::BlockFile::open(path);
        if (!file) {
            return named(file.error());
        }
        while (true) {
            const auto encoded = (*file)->next();
            if (!encoded) {
                return named(encoded.error());
            }
            if (!*encoded) {
                break;
            }
            const auto block = types::decode_block(**encoded, {.quorum_private = true});
            if (!block) {
                return named(fmt::format("number {} of the file: {}", (*file)->blocks(),
                                         to_string(block.error())));
            }
            visit(block->header, migrate::has_private_transaction(*block));
        }
    }
    return {};
}

Result<void, std::string> walk_chain(const chain::ChainView& view, const Visit& visit) {
    for (uint64_t number = 0; number <= view.head_number(); ++number) {
        const auto block = view.block(number);
        if (!block) {
            return Err(fmt::format("block {} cannot be read", number));
        }
        visit(block->block->header, migrate::has_private_transaction(*block->block));
    }
    return {};
}

void add_members(migrate::MemberList& out, const std::vector<config::Enode>& nodes) {
    uint64_t raft_id = 0;
    for (const config::Enode& node : nodes) {
        out.nodes.emplace(++raft_id, node.node_id);
    }
}

/// Lists that are named count as complete; that of the data directory is only a help.
Result<migrate::MemberList, std::string> load_members(const std::optional<std::string>& files,
                                                      const std::string& datadir) {
    migrate::MemberList out;
    if (!files) {
        if (!datadir.empty()) {
            const auto nodes = config::load_static_nodes(datadir);
            if (!nodes) {
                return Err(nodes.error().message);
            }
            add_members(out, *nodes);
        }
        return out;
    }
    out.complete = true;
    std::vector<std::string> paths;
    if (config::assign(paths, *files)) {
        return Err(std::string("--static-nodes wants files, separated by commas"));
    }
    for (const std::string& path : paths) {
        const auto text = config::read_text_file(path);
        if (!text) {
            return Err(text.error().message);
        }
        const auto nodes = config::parse_static_nodes(*text);
        if (!nodes) {
            return Err(fmt::format("{}: {}", path, nodes.error().message));
        }
        add_members(out, *nodes);
    }
    return out;
}

void print_block(const migrate::BlockAudit& audit) {
    fmt::print(
        "{{\"number\":{},\"hash\":\"{}\",\"raftId\":{},\"nodeKey\":{},\"verdict\":\"{}\"{}"
        "}}\n",
        audit.number, to_hex0x(audit.hash), audit.raft_id,
        audit.node ? fmt::format("\"{}\"", to_hex(*audit.node)) : "null", to_string(audit.verdict),
        audit.why.empty() ? "" : fmt::format(",\"why\":\"{}\"", audit.why));
}

struct Totals {
    uint64_t blocks = 0;
    uint64_t verified = 0;
    uint64_t unverifiable = 0;
    uint64_t forged = 0;
};

Totals sum(const migrate::SealAudit& audit) {
    Totals out;
    for (const auto& [id, minter] : audit.minters()) {
        out.blocks += minter.blocks;
        out.verified += minter.verified;
        out.unverifiable += minter.unverifiable;
        out.forged += minter.forged;
    }
    return out;
}

void print_json_summary(const migrate::SealAudit& audit) {
    const Totals totals = sum(audit);
    std::string minters;
    for (const auto& [id, minter] : audit.minters()) {
        minters += fmt::format(
            "{}{{\"raftId\":{},\"nodeKey\":{},\"blocks\":{},\"verified\":{},"
            "\"unverifiable\":{},\"forged\":{}}}",
            minters.empty() ? "" : ",", id,
            minter.node ? fmt::format("\"{}\"", to_hex(*minter.node)) : "null", minter.blocks,
            minter.verified, minter.unverifiable, minter.forged);
    }
    fmt::print(
        "{{\"blocks\":{},\"verified\":{},\"unverifiable\":{},\"forged\":{},\"minters\":[{}]"
        "}}\n",
        totals.blocks, totals.verified, totals.unverifiable, totals.forged, minters);
}

void print_table(const migrate::SealAudit& audit) {
    fmt::print("{:>8} {:>9} {:>9} {:>13} {:>7}  {}\n", "raft id", "blocks", "verified",
               "unverifiable", "forged", "node key");
    for (const auto& [id, minter] : audit.minters()) {
        fmt::print("{:>8} {:>9} {:>9} {:>13} {:>7}  {}\n",
                   id == 0 ? std::string("none") : std::to_string(id), minter.blocks,
                   minter.verified, minter.unverifiable, minter.forged,
                   minter.node ? to_hex(*minter.node) : std::string("not known"));
    }
    const Totals totals = sum(audit);
    fmt::print("{:>8} {:>9} {:>9} {:>13} {:>7}\n", "all", totals.blocks, totals.verified,
               totals.unverifiable, totals.forged);
}

int audit_all(const Walk& walk, const types::ChainConfig& config,
              const migrate::MemberList& members, bool json) {
    migrate::SealAudit audit(config, members);
    auto walked = walk([&](const types::Header& header, bool) { audit.learn(header); });
    std::string cut_off;
    if (!walked) {
        cut_off = walked.error();
    }
    walked = walk([&](const types::Header& header, bool is_private) {
        if (header.number == 0) {
            return;
        }
        const migrate::BlockAudit verdict = audit.judge(header, is_private);
        if (json) {
            print_block(verdict);
        } else if (verdict.verdict != migrate::Verdict::verified) {
            fmt::print("block {} {}: {}: {}\n", verdict.number, to_hex0x(verdict.hash),
                       to_string(verdict.verdict), verdict.why);
        }
    });
    if (json) {
        print_json_summary(audit);
    } else {
        print_table(audit);
    }
    if (!cut_off.empty()) {
        return fail(cut_off);
    }
    return sum(audit).forged == 0 ? 0 : fail(fmt::format("{} forged seals", sum(audit).forged));
}

}  // namespace

int run_audit(const Arguments& arguments) {
    Arguments rest = arguments;
    const bool json = take_switch(rest, "--json");
    const auto static_nodes = take_value(rest, "--static-nodes");
    const auto parsed = node_flags(rest);
    if (!parsed) {
        return 1;
    }
    const config::NodeOptions& options = parsed->options;
    if (parsed->positional.empty() && options.datadir.empty()) {
        return misused("audit needs files of blocks or a data directory", SYNOPSIS);
    }
    const auto members = load_members(static_nodes, options.datadir);
    if (!members) {
        return fail(members.error());
    }
    if (parsed->positional.empty()) {
        const auto chain = node::open_existing_chain(options);
        if (!chain) {
            return fail(chain.error());
        }
        const auto view = (*chain)->view();
        return audit_all([&](const Visit& visit) { return walk_chain(*view, visit); },
                         view->config(), *members, json);
    }
    // Without a genesis a file holds classic blocks throughout.
    types::ChainConfig config;
    config.rule_set = types::RuleSet::classic;
    if (!options.genesis.empty()) {
        const auto genesis = config::load_genesis(options.genesis);
        if (!genesis) {
            return fail(genesis.error().message);
        }
        config = genesis->config;
    }
    return audit_all([&](const Visit& visit) { return walk_files(parsed->positional, visit); },
                     config, *members, json);
}

}  // namespace otento::apps
