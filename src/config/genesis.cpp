#include <otento/config/genesis.hpp>

#include <otento/base/ascii.hpp>
#include <otento/base/hex.hpp>
#include <otento/config/genesis_forks.hpp>
#include <otento/config/genesis_values.hpp>
#include <otento/config/text_file.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace otento::config {
namespace {

using Kind = JsonInput::Kind;
using types::ChainConfig;
using types::Genesis;
using types::RuleSet;

constexpr uint64_t KIB = 1024;
constexpr uint64_t DEFAULT_CODE_SIZE = 24 * KIB;

/// Keys of `config` that other nodes know and that change nothing here.
constexpr std::string_view CONFIG_KEYS_WITHOUT_MEANING[] = {
    "eip150Hash",
    "muirGlacierBlock",
    "yoloV3Block",
    "yoloV2Block",
    "arrowGlacierBlock",
    "grayGlacierBlock",
    "terminalTotalDifficultyPassed",
    "ethash",
    "clique",
    "istanbul",
    "ibft",
    "qbft",
    "qip714Block",
    "isMPS",
    "privacyEnhancementsBlock",
    "privacyPrecompileBlock",
    "depositContractAddress",
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return otento::lower(c); });
    return out;
}

/// `bpo1Time` and its successors: forks that change nothing but blob limits (EIP-7892).
bool is_blob_fork_time(std::string_view key) {
    const std::string name = lower(key);
    return name.size() == 8 && name.starts_with("bpo") && name[3] >= '1' && name[3] <= '9' &&
           name.ends_with("time");
}

bool contains(std::span<const std::string_view> keys, std::string_view key) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](std::string_view known) { return equal_ignoring_case(known, key); });
}

/// One document being read.
class Parser {
  public:
    explicit Parser(std::vector<std::string>* notices) : notices_(notices) {}

    Result<Genesis, Error> parse(const JsonInput& root) {
        const GenesisField document{root, ""};
        TRY_VOID(document.want_object());
        for (size_t i = 0; i < root.keys.size(); ++i) {
            TRY_VOID(read(root.keys[i], document.member(i)));
        }
        TRY_VOID(finish());
        return std::move(genesis_);
    }

  private:
    void notice(const GenesisField& field, std::string_view what) {
        if (notices_ != nullptr) {
            notices_->push_back(fmt::format("genesis: {}: {}", field.path, what));
        }
    }

    Result<void, Error> read(std::string_view key, const GenesisField& field) {
        const bool null = field.value.kind == Kind::null;
        if (equal_ignoring_case(key, "config")) {
            return null ? Result<void, Error>{} : read_config(field);
        }
        if (equal_ignoring_case(key, "alloc")) {
            have_alloc_ = true;
            return null ? Result<void, Error>{} : read_alloc(field);
        }
        if (equal_ignoring_case(key, "difficulty")) {
            have_difficulty_ = true;
            genesis_.difficulty = DEFAULT_DIFFICULTY;
            if (!null) {
                TRY(genesis_.difficulty, field.number());
            }
            return {};
        }
        return null ? Result<void, Error>{} : read_header_field(key, field);
    }

    Result<void, Error> read_header_field(std::string_view key, const GenesisField& field) {
        if (equal_ignoring_case(key, "gasLimit")) {
            have_gas_limit_ = true;
            TRY(genesis_.gas_limit, field.number64());
        } else if (equal_ignoring_case(key, "nonce")) {
            TRY(const auto nonce, field.number64());
            store_be(genesis_.nonce.data(), nonce);
        } else if (equal_ignoring_case(key, "timestamp")) {
            TRY(genesis_.timestamp, field.number64());
        } else if (equal_ignoring_case(key, "extraData")) {
            TRY(genesis_.extra_data, field.data());
        } else if (equal_ignoring_case(key, "mixHash")) {
            TRY(genesis_.prev_randao, field.hash());
        } else if (equal_ignoring_case(key, "coinbase")) {
            TRY(genesis_.coinbase, field.address());
        } else if (equal_ignoring_case(key, "baseFeePerGas")) {
            TRY(genesis_.base_fee_per_gas, field.number());
        } else if (equal_ignoring_case(key, "parentHash")) {
            TRY(const auto parent, field.hash());
            return parent.is_zero() ? Result<void, Error>{} : Err(field.error("must be zero"));
        } else if (equal_ignoring_case(key, "number") || equal_ignoring_case(key, "gasUsed") ||
                   equal_ignoring_case(key, "excessBlobGas") ||
                   equal_ignoring_case(key, "blobGasUsed")) {
            TRY(const auto value, field.number());
            return value.is_zero() ? Result<void, Error>{} : Err(field.error("must be 0"));
        } else {
            notice(field, "unknown key, ignored");
        }
        return {};
    }

    Result<void, Error> read_config(const GenesisField& config) {
        TRY_VOID(config.want_object());
        for (size_t i = 0; i < config.value.keys.size(); ++i) {
            if (config.value.items[i].kind != Kind::null) {
                TRY_VOID(read_config_field(config.value.keys[i], config.member(i)));
            }
        }
        return {};
    }

    Result<void, Error> read_config_field(std::string_view key, const GenesisField& field) {
        auto& config = genesis_.config;
        for (const auto& fork : fork_fields()) {
            if (equal_ignoring_case(key, fork.key)) {
                TRY(config.forks.*fork.field, field.number64());
                if (fork.by_time) {
                    times_[std::string(fork.name)] = *(config.forks.*fork.field);
                }
                return {};
            }
        }
        if (is_blob_fork_time(key)) {
            TRY(times_[lower(key.substr(0, key.size() - 4))], field.number64());
            return {};
        }
        if (equal_ignoring_case(key, "chainId")) {
            TRY(config.chain_id, field.number64());
        } else if (equal_ignoring_case(key, "terminalTotalDifficulty")) {
            TRY(const auto total, field.number());
            have_total_difficulty_ = true;
            merged_at_genesis_ = total.is_zero();
        } else if (equal_ignoring_case(key, "otento")) {
            config.rule_set = RuleSet::otento;
            have_otento_ = true;
            return read_otento(field);
        } else if (equal_ignoring_case(key, "isQuorum")) {
            TRY(const bool is_quorum, field.boolean());
            have_is_quorum_ = true;
            return is_quorum ? Result<void, Error>{}
                             : Err(field.error(
                                   "false is not supported: a Raft chain of GoQuorum has true, a "
                                   "new chain has config.otento"));
        } else if (equal_ignoring_case(key, "txnSizeLimit")) {
            TRY(config.tx_size_max,
                read_kib(field, "Genesis transaction size limit must be between 32 and 128", 32));
            have_tx_size_ = true;
        } else if (equal_ignoring_case(key, "maxCodeSize")) {
            TRY(config.code_size_max,
                read_kib(field, "Genesis max code size must be between 24 and 128", 24));
        } else if (equal_ignoring_case(key, "maxCodeSizeChangeBlock")) {
            TRY(code_size_change_, field.number64());
        } else if (equal_ignoring_case(key, "maxCodeSizeConfig")) {
            return read_code_sizes(field);
        } else if (equal_ignoring_case(key, "blobSchedule")) {
            return read_blob_schedule(field);
        } else if (equal_ignoring_case(key, "enableGasPriceBlock")) {
            TRY(config.classic.gas_price_block, field.number64());
        } else if (equal_ignoring_case(key, "transitions")) {
            return read_transitions(field);
        } else if (equal_ignoring_case(key, "daoForkBlock")) {
            TRY(dao_fork_, field.number64());
        } else if (equal_ignoring_case(key, "daoForkSupport")) {
            TRY(dao_fork_supported_, field.boolean());
        } else if (equal_ignoring_case(key, "ewasmBlock")) {
            return Err(field.error("not supported"));
        } else if (!contains(CONFIG_KEYS_WITHOUT_MEANING, key)) {
            notice(field, "unknown key, ignored");
        }
        return {};
    }

    Result<uint64_t, Error> read_kib(const GenesisField& field, std::string_view text,
                                     uint64_t low) {
        TRY(const auto kib, field.number64());
        if (kib == 0) {
            return low == 32 ? 64 * KIB : low * KIB;  // GoQuorum's defaults for "not given".
        }
        if (kib < low || kib > 128) {
            return Err(field.error(text));
        }
        return kib * KIB;
    }

    /// GoQuorum 2.6 and later: ascending list of {block, size}; wins over maxCodeSize.
    Result<void, Error> read_code_sizes(const GenesisField& field) {
        if (field.value.kind != Kind::array) {
            return Err(field.error("want a list of {\"block\", \"size\"}"));
        }
        for (size_t i = 0; i < field.value.items.size(); ++i) {
            const GenesisField entry{field.value.items[i], fmt::format("{}[{}]", field.path, i)};
            TRY_VOID(entry.want_object());
            types::CodeSizeStep step{.bytes_max = 24 * KIB};
            for (size_t j = 0; j < entry.value.keys.size(); ++j) {
                const auto member = entry.member(j);
                if (equal_ignoring_case(entry.value.keys[j], "block")) {
                    TRY(step.block, member.number64());
                } else if (equal_ignoring_case(entry.value.keys[j], "size")) {
                    TRY(step.bytes_max,
                        read_kib(member, "Genesis max code size must be between 24 and 128", 24));
                }
            }
            if (i != 0 && step.block <= code_sizes_.back().block) {
                return Err(entry.error("blocks must ascend"));
            }
            code_sizes_.push_back(step);
        }
        return {};
    }

    /// GoQuorum 22.4 and later: what changes at a height. Only two things concern blocks.
    Result<void, Error> read_transitions(const GenesisField& field) {
        if (field.value.kind != Kind::array) {
            return Err(field.error("want a list of objects"));
        }
        for (size_t i = 0; i < field.value.items.size(); ++i) {
            const GenesisField entry{field.value.items[i], fmt::format("{}[{}]", field.path, i)};
            TRY_VOID(entry.want_object());
            uint64_t block = 0;
            std::optional<uint64_t> code_size;
            for (size_t j = 0; j < entry.value.keys.size(); ++j) {
                const auto member = entry.member(j);
                const std::string_view key = entry.value.keys[j];
                if (equal_ignoring_case(key, "block")) {
                    TRY(block, member.number64());
                } else if (equal_ignoring_case(key, "contractsizelimit")) {
                    TRY(code_size,
                        read_kib(member, "Genesis max code size must be between 24 and 128", 24));
                } else if (equal_ignoring_case(key, "gasPriceEnabled")) {
                    TRY(const bool enabled, member.boolean());
                    if (enabled) {
                        gas_price_transition_ = true;
                    }
                }
            }
            if (code_size) {
                transition_sizes_.push_back({.block = block, .bytes_max = *code_size});
            }
            auto& gas_price_block = genesis_.config.classic.gas_price_block;
            if (gas_price_transition_ && !gas_price_block) {
                gas_price_block = block;
            }
        }
        return {};
    }

    /// EIP-7840: limits by name of the fork that brings them; its time stands in `<name>Time`.
    Result<void, Error> read_blob_schedule(const GenesisField& schedule) {
        TRY_VOID(schedule.want_object());
        for (size_t i = 0; i < schedule.value.keys.size(); ++i) {
            const auto entry = schedule.member(i);
            TRY_VOID(entry.want_object());
            types::BlobParams params;
            for (size_t j = 0; j < entry.value.keys.size(); ++j) {
                const std::string_view key = entry.value.keys[j];
                const auto field = entry.member(j);
                if (equal_ignoring_case(key, "target")) {
                    TRY(params.target, field.number64());
                } else if (equal_ignoring_case(key, "max")) {
                    TRY(params.max, field.number64());
                } else if (equal_ignoring_case(key, "baseFeeUpdateFraction")) {
                    TRY(params.update_fraction, field.number64());
                }
            }
            if (params.update_fraction == 0) {
                return Err(entry.error("missing required field 'baseFeeUpdateFraction'"));
            }
            blobs_[lower(schedule.value.keys[i])] = params;
        }
        return {};
    }

    Result<void, Error> read_otento(const GenesisField& otento) {
        TRY_VOID(otento.want_object());
        for (size_t i = 0; i < otento.value.keys.size(); ++i) {
            const auto field = otento.member(i);
            const std::string_view key = otento.value.keys[i];
            if (equal_ignoring_case(key, "feeMarket")) {
                TRY(genesis_.config.fee_market, field.boolean());
            } else if (equal_ignoring_case(key, "switchBlock")) {
                TRY(genesis_.config.classic.switch_block, field.number64());
                have_classic_ = true;
                if (genesis_.config.classic.switch_block == 0) {
                    return Err(field.error("must be above 0: leave it out for a new chain"));
                }
            } else if (equal_ignoring_case(key, "quorumUpgradeBlock")) {
                have_classic_ = true;
                genesis_.config.classic.upgrade_known = true;
                if (field.value.kind != Kind::null) {
                    TRY(genesis_.config.classic.upgrade_block, field.number64());
                }
            } else if (equal_ignoring_case(key, "fork")) {
                if (field.value.kind != Kind::string) {
                    return Err(field.error("want the name of a fork"));
                }
                newest_fork_ = field.value.text;
                types::ForkSchedule probe;
                if (!activate_all(probe, newest_fork_)) {
                    return Err(field.error(fmt::format("\"{}\" is no fork we know", newest_fork_)));
                }
            } else {
                return Err(field.error("unknown key"));
            }
        }
        return {};
    }

    Result<void, Error> read_alloc(const GenesisField& alloc) {
        TRY_VOID(alloc.want_object());
        for (size_t i = 0; i < alloc.value.keys.size(); ++i) {
            const auto field = alloc.member(i);
            const auto address = fixed_from_hex<20>(alloc.value.keys[i]);
            if (!address) {
                return Err(field.error("the key is no address of 20 bytes in hex"));
            }
            TRY(auto account, read_account(field));
            if (!genesis_.alloc.emplace(*address, std::move(account)).second) {
                return Err(field.error("the address stands in alloc twice"));
            }
        }
        return {};
    }

    Result<types::GenesisAccount, Error> read_account(const GenesisField& account) {
        TRY_VOID(account.want_object());
        types::GenesisAccount out;
        bool have_balance = false;
        for (size_t i = 0; i < account.value.keys.size(); ++i) {
            const std::string_view key = account.value.keys[i];
            const auto field = account.member(i);
            if (field.value.kind == Kind::null) {
                continue;
            }
            if (equal_ignoring_case(key, "balance")) {
                have_balance = true;
                TRY(out.balance, field.number());
            } else if (equal_ignoring_case(key, "nonce")) {
                TRY(out.nonce, field.number64());
            } else if (equal_ignoring_case(key, "code")) {
                TRY(out.code, field.data());
            } else if (equal_ignoring_case(key, "storage")) {
                TRY(out.storage, read_storage(field));
            } else if (!equal_ignoring_case(key, "secretKey") &&
                       !equal_ignoring_case(key, "comment")) {
                notice(field, "unknown key, ignored");
            }
        }
        if (!have_balance) {
            return Err(account.error("missing required field 'balance'"));
        }
        return out;
    }

    Result<std::map<Hash, Hash>, Error> read_storage(const GenesisField& storage) {
        TRY_VOID(storage.want_object());
        std::map<Hash, Hash> out;
        for (size_t i = 0; i < storage.value.keys.size(); ++i) {
            const std::string& key_text = storage.value.keys[i];
            const JsonInput& value = storage.value.items[i];
            const auto key = parse_slot(key_text);
            const auto word = value.kind == Kind::string ? parse_slot(value.text) : std::nullopt;
            if (!key || !word) {
                return Err(
                    storage.member(i).error("want keys and values of up to 32 bytes in hex"));
            }
            out.insert_or_assign(*key, *word);
        }
        return out;
    }

    /// Ethereum's own chains have what no GoQuorum chain has: London or a merge.
    RuleSet rule_set() const {
        if (have_otento_) {
            return have_classic_ ? RuleSet::classic : RuleSet::otento;
        }
        const bool ethereum =
            have_total_difficulty_ || genesis_.config.forks.london_block.has_value();
        return ethereum && !have_is_quorum_ ? RuleSet::ethereum : RuleSet::classic;
    }

    /// Names whose time is scheduled, by ascending time.
    std::vector<types::BlobParams> blob_schedule() const {
        std::vector<types::BlobParams> out;
        for (auto [name, params] : blobs_) {
            if (const auto time = times_.find(name); time != times_.end()) {
                params.time = time->second;
                out.push_back(params);
            }
        }
        std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
            return std::tie(a.time, a.max) < std::tie(b.time, b.max);
        });
        return out;
    }

    /// One schedule of code sizes from the keys of all versions (spec/quorum-raft.md 2.8).
    void settle_code_sizes() {
        auto& config = genesis_.config;
        if (code_sizes_.empty() && code_size_change_.value_or(0) != 0) {
            code_sizes_.push_back({.block = *code_size_change_, .bytes_max = config.code_size_max});
            config.code_size_max = DEFAULT_CODE_SIZE;
        } else if (!code_sizes_.empty()) {
            config.code_size_max = DEFAULT_CODE_SIZE;
        }
        code_sizes_.insert(code_sizes_.end(), transition_sizes_.begin(), transition_sizes_.end());
        std::multimap<uint64_t, types::CodeSizeStep> by_block;  // Equal ones stay in order.
        for (const types::CodeSizeStep& step : code_sizes_) {
            by_block.emplace(step.block, step);
        }
        for (const auto& [block, step] : by_block) {
            if (block == 0) {
                config.code_size_max = step.bytes_max;
            } else {
                config.code_size_steps.push_back(step);
            }
        }
    }

    /// Chains with keys that only GoQuorum 2.6 and later read ran under it from there on at the
    /// latest.
    void settle_upgrade() {
        auto& classic = genesis_.config.classic;
        if (classic.upgrade_known) {
            return;
        }
        const auto& forks = genesis_.config.forks;
        for (const auto& at : {forks.petersburg_block, forks.istanbul_block, forks.berlin_block}) {
            if (at) {
                classic.upgrade_block = std::min(classic.upgrade_block.value_or(*at), *at);
            }
        }
    }

    Result<void, Error> settle_classic() {
        auto& config = genesis_.config;
        if (config.rule_set != RuleSet::classic) {
            config.classic = {};
            return {};
        }
        if (!have_tx_size_) {
            config.tx_size_max = 64 * KIB;
        }
        if (dao_fork_supported_ && dao_fork_.value_or(0) != 0) {
            return Err(Error{"config.daoForkBlock: moving the DAO's balances is not supported"});
        }
        settle_upgrade();
        if (config.classic.switch_block) {
            const bool known = activate_all(config.classic.switch_forks,
                                            newest_fork_.empty() ? DEFAULT_FORK : newest_fork_);
            ASSERT(known);
        }
        return {};
    }

    /// Required fields, replacements and the default forks.
    Result<void, Error> finish() {
        auto& config = genesis_.config;
        config.rule_set = rule_set();
        config.blob_schedule = blob_schedule();
        settle_code_sizes();
        TRY_VOID(settle_classic());
        if (!have_gas_limit_) {
            return Err(Error{"missing required field 'gasLimit' for Genesis"});
        }
        if (!have_alloc_) {
            return Err(Error{"missing required field 'alloc' for Genesis"});
        }
        if (!have_difficulty_ && !have_otento_) {
            return Err(Error{"missing required field 'difficulty' for Genesis"});
        }
        if (genesis_.gas_limit == 0) {
            genesis_.gas_limit = DEFAULT_GAS_LIMIT;
        }
        if (merged_at_genesis_ && !config.forks.paris_block) {
            config.forks.paris_block = 0;
        }
        const bool none = config.forks == types::ForkSchedule{};
        const bool classic = config.rule_set == RuleSet::classic;
        if (!newest_fork_.empty() && !none && !classic) {
            return Err(Error{"config.otento.fork: forks are scheduled by their own keys as well"});
        }
        if (have_otento_ && none && !classic) {
            const bool known =
                activate_all(config.forks, newest_fork_.empty() ? DEFAULT_FORK : newest_fork_);
            ASSERT(known);
        }
        return {};
    }

    std::vector<std::string>* notices_;
    Genesis genesis_;
    std::string newest_fork_;
    bool have_gas_limit_ = false;
    bool have_alloc_ = false;
    bool have_difficulty_ = false;
    bool have_otento_ = false;
    bool have_classic_ = false;  ///< config.otento speaks of a GoQuorum chain.
    bool gas_price_transition_ = false;
    bool dao_fork_supported_ = false;
    std::optional<uint64_t> dao_fork_;
    std::optional<uint64_t> code_size_change_;
    std::vector<types::CodeSizeStep> code_sizes_;
    std::vector<types::CodeSizeStep> transition_sizes_;
    bool have_tx_size_ = false;
    bool have_is_quorum_ = false;
    bool have_total_difficulty_ = false;
    bool merged_at_genesis_ = false;
    std::map<std::string, uint64_t> times_;  ///< Of `<name>Time`, names in lower case.
    std::map<std::string, types::BlobParams> blobs_;
};

}  // namespace

Result<Genesis, Error> parse_genesis(std::string_view json, std::vector<std::string>* notices) {
    TRY(const auto root, parse_json(json));
    return Parser(notices).parse(root);
}

Result<Genesis, Error> load_genesis(const std::string& path, std::vector<std::string>* notices) {
    TRY(const auto text, read_text_file(path));
    auto genesis = parse_genesis(text, notices);
    if (!genesis) {
        return Err(Error{fmt::format("{}: {}", path, genesis.error().message)});
    }
    return genesis;
}

Result<void, Error> validate_genesis(const Genesis& genesis) {
    const auto& config = genesis.config;
    const bool classic = config.rule_set == RuleSet::classic;
    if (config.rule_set == RuleSet::ethereum) {
        return Err(
            Error{"config: a genesis of Ethereum's public clients; a new chain needs \"otento\": "
                  "{} in config"});
    }
    if (config.chain_id == 0 && !classic) {
        return Err(Error{"config.chainId: a new chain needs one above 0"});
    }
    if (config.chain_id == 1 && classic) {
        return Err(Error{"config.chainId: Cannot have chain id or network id as 1."});
    }
    const ForkField* before = nullptr;
    for (const auto& fork : fork_fields()) {
        const auto at = config.forks.*fork.field;
        // GoQuorum of 1.8.18 has Constantinople without Petersburg, and Petersburg may be left out
        // before it. Up to 21.1 nobody checked the order: old files have no Homestead, and EIP-155
        // where they like.
        const bool free_place = classic && (fork.field == &types::ForkSchedule::homestead_block ||
                                            fork.field == &types::ForkSchedule::eip155_block);
        const bool optional = fork.field == &types::ForkSchedule::petersburg_block;
        if (free_place) {
            continue;
        }
        if (classic && at && (fork.by_time || fork.name == "london" || fork.name == "paris")) {
            return Err(Error{
                fmt::format("config.{}: the rules of a GoQuorum chain end at Berlin; a new chain "
                            "needs \"otento\": {{}} in config",
                            fork.key)});
        }
        if (at && before != nullptr) {
            const auto earlier = config.forks.*before->field;
            if (!earlier || (before->by_time == fork.by_time && *earlier > *at)) {
                return Err(Error{fmt::format("config.{}: the fork before it ({}) is {}", fork.key,
                                             before->key, earlier ? "later" : "not scheduled")});
            }
        }
        if (at || !optional) {
            before = &fork;
        }
    }
    return {};
}

}  // namespace otento::config
