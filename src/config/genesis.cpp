#include <otento/config/genesis.hpp>

#include <otento/base/hex.hpp>
#include <otento/config/genesis_forks.hpp>
#include <otento/config/genesis_values.hpp>
#include <otento/config/text_file.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

namespace otento::config {
namespace {

using Kind = JsonInput::Kind;
using types::ChainConfig;
using types::Genesis;
using types::RuleSet;

constexpr uint64_t KIB = 1024;

/// Keys of `config` that other nodes know and that change nothing here.
constexpr std::string_view CONFIG_KEYS_WITHOUT_MEANING[] = {
    "eip150Hash",
    "daoForkSupport",
    "muirGlacierBlock",
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
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
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
                       [&](std::string_view known) { return same_key(known, key); });
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
        if (same_key(key, "config")) {
            return null ? Result<void, Error>{} : read_config(field);
        }
        if (same_key(key, "alloc")) {
            have_alloc_ = true;
            return null ? Result<void, Error>{} : read_alloc(field);
        }
        if (same_key(key, "difficulty")) {
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
        if (same_key(key, "gasLimit")) {
            have_gas_limit_ = true;
            TRY(genesis_.gas_limit, field.number64());
        } else if (same_key(key, "nonce")) {
            TRY(const auto nonce, field.number64());
            store_be(genesis_.nonce.data(), nonce);
        } else if (same_key(key, "timestamp")) {
            TRY(genesis_.timestamp, field.number64());
        } else if (same_key(key, "extraData")) {
            TRY(genesis_.extra_data, field.data());
        } else if (same_key(key, "mixHash")) {
            TRY(genesis_.prev_randao, field.hash());
        } else if (same_key(key, "coinbase")) {
            TRY(genesis_.coinbase, field.address());
        } else if (same_key(key, "baseFeePerGas")) {
            TRY(genesis_.base_fee_per_gas, field.number());
        } else if (same_key(key, "parentHash")) {
            TRY(const auto parent, field.hash());
            return parent.is_zero() ? Result<void, Error>{} : Err(field.error("must be zero"));
        } else if (same_key(key, "number") || same_key(key, "gasUsed") ||
                   same_key(key, "excessBlobGas") || same_key(key, "blobGasUsed")) {
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
            if (same_key(key, fork.key)) {
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
        if (same_key(key, "chainId")) {
            TRY(config.chain_id, field.number64());
        } else if (same_key(key, "terminalTotalDifficulty")) {
            TRY(const auto total, field.number());
            have_total_difficulty_ = true;
            merged_at_genesis_ = total.is_zero();
        } else if (same_key(key, "otento")) {
            config.rule_set = RuleSet::otento;
            have_otento_ = true;
            return read_otento(field);
        } else if (same_key(key, "isQuorum")) {
            TRY(const bool is_quorum, field.boolean());
            have_is_quorum_ = true;
            return is_quorum ? Result<void, Error>{}
                             : Err(field.error(
                                   "false is not supported: a Raft chain of GoQuorum has true, a "
                                   "new chain has config.otento"));
        } else if (same_key(key, "txnSizeLimit")) {
            TRY(config.tx_size_max,
                read_kib(field, "Genesis transaction size limit must be between 32 and 128", 32));
            have_tx_size_ = true;
        } else if (same_key(key, "maxCodeSize")) {
            TRY(config.code_size_max,
                read_kib(field, "Genesis max code size must be between 24 and 128", 24));
        } else if (same_key(key, "maxCodeSizeChangeBlock")) {
            TRY(const auto at, field.number64());
            return at == 0
                       ? Result<void, Error>{}
                       : Err(field.error("a code size that changes at a height is not supported"));
        } else if (same_key(key, "maxCodeSizeConfig")) {
            return read_code_sizes(field);
        } else if (same_key(key, "blobSchedule")) {
            return read_blob_schedule(field);
        } else if (same_key(key, "daoForkBlock") || same_key(key, "enableGasPriceBlock") ||
                   same_key(key, "ewasmBlock") || same_key(key, "transitions")) {
            return Err(field.error("not supported"));
        } else if (!contains(CONFIG_KEYS_WITHOUT_MEANING, key)) {
            notice(field, "unknown key, ignored");
        }
        return {};
    }

    Result<uint64_t, Error> read_kib(const GenesisField& field, std::string_view text,
                                     uint64_t low) {
        TRY(const auto kib, field.number64());
        if (kib < low || kib > 128) {
            return Err(field.error(text));
        }
        return kib * KIB;
    }

    /// GoQuorum 2.6 and later: ascending list of {block, size}. One size from block 0 on is what we
    /// can run.
    Result<void, Error> read_code_sizes(const GenesisField& field) {
        if (field.value.kind != Kind::array || field.value.items.size() != 1) {
            return Err(field.error(
                "want a list of one entry: a code size that changes at a height is not supported"));
        }
        const GenesisField entry{field.value.items[0], field.path + "[0]"};
        TRY_VOID(entry.want_object());
        for (size_t i = 0; i < entry.value.keys.size(); ++i) {
            const auto member = entry.member(i);
            if (same_key(entry.value.keys[i], "block")) {
                TRY(const auto block, member.number64());
                if (block != 0) {
                    return Err(member.error("must be 0"));
                }
            } else if (same_key(entry.value.keys[i], "size")) {
                TRY(genesis_.config.code_size_max,
                    read_kib(member, "Genesis max code size must be between 24 and 128", 24));
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
                if (same_key(key, "target")) {
                    TRY(params.target, field.number64());
                } else if (same_key(key, "max")) {
                    TRY(params.max, field.number64());
                } else if (same_key(key, "baseFeeUpdateFraction")) {
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
            if (same_key(key, "feeMarket")) {
                TRY(genesis_.config.fee_market, field.boolean());
            } else if (same_key(key, "fork")) {
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
            if (same_key(key, "balance")) {
                have_balance = true;
                TRY(out.balance, field.number());
            } else if (same_key(key, "nonce")) {
                TRY(out.nonce, field.number64());
            } else if (same_key(key, "code")) {
                TRY(out.code, field.data());
            } else if (same_key(key, "storage")) {
                TRY(out.storage, read_storage(field));
            } else if (!same_key(key, "secretKey") && !same_key(key, "comment")) {
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
            return RuleSet::otento;
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

    /// Required fields, replacements and the default forks.
    Result<void, Error> finish() {
        auto& config = genesis_.config;
        config.rule_set = rule_set();
        config.blob_schedule = blob_schedule();
        if (config.rule_set == RuleSet::classic && !have_tx_size_) {
            config.tx_size_max = 64 * KIB;
        }
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
        if (!newest_fork_.empty() && !none) {
            return Err(Error{"config.otento.fork: forks are scheduled by their own keys as well"});
        }
        if (have_otento_ && none) {
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
        // before it.
        const bool optional = fork.field == &types::ForkSchedule::petersburg_block;
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
