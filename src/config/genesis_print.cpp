// Printing a genesis document: the reverse of genesis.cpp.
#include <otento/base/hex.hpp>
#include <otento/config/genesis.hpp>
#include <otento/config/genesis_forks.hpp>

#include <fmt/core.h>

namespace otento::config {
namespace {

using types::RuleSet;

/// Every entry under a name of its own, so that none needs a fork of that time.
void print_blob_schedule(std::string& out, const std::vector<types::BlobParams>& schedule) {
    if (schedule.empty()) {
        return;
    }
    std::string entries;
    for (size_t i = 0; i < schedule.size(); ++i) {
        out += fmt::format(",\n    \"bpo{}Time\": {}", i + 1, schedule[i].time);
        entries += fmt::format(
            "{}\n      \"bpo{}\": {{ \"target\": {}, \"max\": {}, \"baseFeeUpdateFraction\": {} }}",
            i == 0 ? "" : ",", i + 1, schedule[i].target, schedule[i].max,
            schedule[i].update_fraction);
    }
    out += fmt::format(",\n    \"blobSchedule\": {{{}\n    }}", entries);
}

void print_code_sizes(std::string& out, const types::ChainConfig& config) {
    if (config.code_size_steps.empty()) {
        return;
    }
    out += fmt::format(",\n    \"maxCodeSizeConfig\": [ {{ \"block\": 0, \"size\": {} }}",
                       config.code_size_max / 1024);
    for (const auto& step : config.code_size_steps) {
        out +=
            fmt::format(", {{ \"block\": {}, \"size\": {} }}", step.block, step.bytes_max / 1024);
    }
    out += " ]";
}

std::string_view newest_fork(const types::ForkSchedule& forks) {
    std::string_view out = "frontier";
    for (const auto& fork : fork_fields()) {
        if (forks.*fork.field && !fork.name.empty()) {
            out = fork.name;
        }
    }
    return out;
}

void print_classic(std::string& out, const types::ChainConfig& config) {
    const types::ClassicOptions& classic = config.classic;
    out += ",\n    \"isQuorum\": true";
    if (classic.gas_price_block) {
        out += fmt::format(",\n    \"enableGasPriceBlock\": {}", *classic.gas_price_block);
    }
    std::string own;
    if (classic.upgrade_known) {
        own = classic.upgrade_block
                  ? fmt::format("\"quorumUpgradeBlock\": {}", *classic.upgrade_block)
                  : "\"quorumUpgradeBlock\": null";
    }
    if (classic.switch_block) {
        own += fmt::format("{}\"switchBlock\": {}, \"fork\": \"{}\", \"feeMarket\": {}",
                           own.empty() ? "" : ", ", *classic.switch_block,
                           newest_fork(classic.switch_forks), config.fee_market);
    }
    if (!own.empty()) {
        out += fmt::format(",\n    \"otento\": {{ {} }}", own);
    }
}

void print_config(std::string& out, const types::ChainConfig& config) {
    out += fmt::format("  \"config\": {{\n    \"chainId\": {}", config.chain_id);
    for (const auto& fork : fork_fields()) {
        if (const auto at = config.forks.*fork.field) {
            out += fmt::format(",\n    \"{}\": {}", fork.key, *at);
        }
    }
    out += fmt::format(",\n    \"txnSizeLimit\": {},\n    \"maxCodeSize\": {}",
                       config.tx_size_max / 1024, config.code_size_max / 1024);
    print_code_sizes(out, config);
    if (config.rule_set == RuleSet::otento) {
        out += fmt::format(",\n    \"otento\": {{ \"feeMarket\": {} }}", config.fee_market);
    } else if (config.rule_set == RuleSet::classic) {
        print_classic(out, config);
    } else if (!config.forks.london_block) {
        out += ",\n    \"terminalTotalDifficulty\": 1";  // Tells it from a GoQuorum chain.
    }
    print_blob_schedule(out, config.blob_schedule);
    out += "\n  }";
}

void print_account(std::string& out, const Address& address, const types::GenesisAccount& account) {
    out += fmt::format("    \"{}\": {{ \"balance\": \"{}\"", to_hex0x(address),
                       account.balance.to_quantity());
    if (account.nonce != 0) {
        out += fmt::format(", \"nonce\": \"{}\"", to_quantity(account.nonce));
    }
    if (!account.code.empty()) {
        out += fmt::format(", \"code\": \"{}\"", to_hex0x(account.code));
    }
    if (!account.storage.empty()) {
        out += ", \"storage\": {";
        bool first = true;
        for (const auto& [key, value] : account.storage) {
            out += fmt::format("{}\n      \"{}\": \"{}\"", first ? "" : ",", to_hex0x(key),
                               to_hex0x(value));
            first = false;
        }
        out += "\n    }";
    }
    out += " }";
}

}  // namespace

std::string print_genesis(const types::Genesis& genesis) {
    std::string out = "{\n";
    print_config(out, genesis.config);
    const auto field = [&](const char* key, const std::string& value) {
        out += fmt::format(",\n  \"{}\": \"{}\"", key, value);
    };
    field("nonce", to_quantity(load_be<uint64_t>(genesis.nonce.data())));
    field("timestamp", to_quantity(genesis.timestamp));
    field("extraData", to_hex0x(genesis.extra_data));
    field("gasLimit", to_quantity(genesis.gas_limit));
    field("difficulty", genesis.difficulty.to_quantity());
    field("mixHash", to_hex0x(genesis.prev_randao));
    field("coinbase", to_hex0x(genesis.coinbase));
    if (genesis.base_fee_per_gas) {
        field("baseFeePerGas", genesis.base_fee_per_gas->to_quantity());
    }
    out += ",\n  \"alloc\": {";
    bool first = true;
    for (const auto& [address, account] : genesis.alloc) {
        out += first ? "\n" : ",\n";
        print_account(out, address, account);
        first = false;
    }
    out += first ? "}\n}\n" : "\n  }\n}\n";
    return out;
}

}  // namespace otento::config
