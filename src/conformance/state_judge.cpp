#include <otento/base/hex.hpp>
#include <otento/conformance/judge.hpp>
#include <otento/conformance/networks.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/execution/block_executor.hpp>

#include <fmt/core.h>

namespace otento::conformance {

using execution::BlockExecutor;
using execution::Rules;
using types::Transaction;
using types::TxType;

namespace {

/// Environment's hashes, else Keccak-256 of the decimal digits.
class FixtureHashes final : public execution::BlockHashes {
  public:
    explicit FixtureHashes(const std::map<uint64_t, Hash>& named) : named_(named) {}
    [[nodiscard]] Hash block_hash(uint64_t number) const override {
        const auto found = named_.find(number);
        return found != named_.end() ? found->second
                                     : crypto::keccak256(bytes_of(std::to_string(number)));
    }

  private:
    const std::map<uint64_t, Hash>& named_;
};

/// The transaction that an expectation selects; empty if it has a number that no transaction can
/// carry.
[[nodiscard]] std::optional<Transaction> select(const StateFixture& fixture,
                                                const StateExpectation& expect) {
    const TransactionTemplate& from = fixture.transaction;
    if (!from.representable || expect.data >= from.data.size() ||
        expect.gas >= from.gas_limits.size() || expect.value >= from.values.size() ||
        !from.gas_limits[expect.gas] || !from.values[expect.value]) {
        return std::nullopt;
    }
    Transaction tx = from.fixed;
    tx.data = from.data[expect.data];
    tx.gas_limit = *from.gas_limits[expect.gas];
    tx.value = *from.values[expect.value];
    if (expect.data < from.access_lists.size() && from.access_lists[expect.data]) {
        tx.access_list = *from.access_lists[expect.data];
        if (tx.type == TxType::legacy) {
            tx.type = TxType::access_list;
        }
    }
    if (tx.type != TxType::legacy) {
        tx.chain_id = fixture.chain_id;
    }
    return tx;
}

/// What the signature adds is not in the template.
[[nodiscard]] bool same_but_signature(const Transaction& decoded, Transaction selected) {
    selected.chain_id = decoded.chain_id;
    selected.y_parity = decoded.y_parity;
    selected.r = decoded.r;
    selected.s = decoded.s;
    return decoded == selected;
}

/// Decodes `txbytes`, recovers, encodes again and compares. For a transaction that should be valid
/// any deviation is a failure; for an invalid one it is a reason to be refused.
struct CodecCheck {
    std::string problem;
    std::optional<Transaction> tx;
};
[[nodiscard]] CodecCheck check_codec(const StateFixture& fixture, const StateExpectation& expect,
                                     const std::optional<Transaction>& selected,
                                     const Rules& rules) {
    const auto decoded = types::decode_transaction(*expect.tx_bytes);
    if (!decoded) {
        return {.problem = fmt::format("txbytes: {}", types::to_string(decoded.error())), .tx = {}};
    }
    if (!equal(types::encode_transaction(*decoded), *expect.tx_bytes)) {
        return {.problem = "txbytes: re-encoding differs", .tx = {}};
    }
    if (!selected || !same_but_signature(*decoded, *selected)) {
        return {.problem = "txbytes: decoded fields differ", .tx = {}};
    }
    const auto sender = execution::recover_sender(*decoded, rules);
    if (!sender || *sender != fixture.transaction.sender) {
        return {.problem = "txbytes: recovered sender differs", .tx = {}};
    }
    return {.problem = {}, .tx = *decoded};
}

[[nodiscard]] std::string first_difference(const Accounts& expected,
                                           const state::MemoryState& have) {
    for (const auto& [address, account] : expected.accounts) {
        const auto found = have.accounts().find(address);
        if (found == have.accounts().end()) {
            return fmt::format("account {} missing", to_hex0x(address));
        }
        const auto& [nonce, balance, code_hash, code, storage] = found->second;
        if (nonce != account.nonce) {
            return fmt::format("{} nonce {} instead of {}", to_hex0x(address), nonce,
                               account.nonce);
        }
        if (balance != account.balance) {
            return fmt::format("{} balance {} instead of {}", to_hex0x(address),
                               balance.to_quantity(), account.balance.to_quantity());
        }
        if (code_hash != account.code_hash) {
            return fmt::format("{} code differs", to_hex0x(address));
        }
        for (const auto& [key, value] : account.storage) {
            const Hash stored = have.storage(address, key);
            if (stored != value) {
                return fmt::format("{} slot {} is {} instead of {}", to_hex0x(address),
                                   uint256::from(key).to_quantity(),
                                   uint256::from(stored).to_quantity(),
                                   uint256::from(value).to_quantity());
            }
        }
        for (const auto& [key, value] : storage) {
            if (!account.storage.contains(key)) {
                return fmt::format("{} slot {} is {} instead of 0", to_hex0x(address),
                                   uint256::from(key).to_quantity(),
                                   uint256::from(value).to_quantity());
            }
        }
    }
    for (const auto& [address, account] : have.accounts()) {
        if (!expected.accounts.contains(address)) {
            return fmt::format("account {} should not exist", to_hex0x(address));
        }
    }
    return {};
}

/// The Cancun snapshot was filled by a tool that touched the coinbase (reward zero) after a refused
/// transaction too, which leaves an empty account before EIP-158. Later fillers did not.
[[nodiscard]] bool is_touched_root(const StateFixture& fixture, const Rules& rules,
                                   const Hash& root) {
    if (rules.at_least(evm::Fork::spurious_dragon) ||
        fixture.pre.accounts.contains(fixture.block.coinbase)) {
        return false;
    }
    state::MemoryState touched;
    touched.apply(fixture.pre);
    touched.put(fixture.block.coinbase, 0, 0, {}, {});
    return touched.state_root() == root;
}

struct Outcome {
    state::StateDiff diff;
    std::vector<types::Log> logs;
    std::string refusal;  ///< Empty: executed.
};

[[nodiscard]] Outcome run(const StateFixture& fixture, const state::MemoryState& pre,
                          const Rules& rules, const std::optional<Transaction>& tx,
                          const std::string& codec_problem) {
    Outcome out;
    if (!tx) {
        out.refusal = codec_problem.empty() ? "a field overflows" : codec_problem;
        return out;
    }
    const FixtureHashes hashes(fixture.block_hashes);
    execution::BlockContext block = fixture.block;
    block.hashes = &hashes;
    block.base_fee = rules.at_least(evm::Fork::london) ? fixture.block.base_fee : uint256{};
    if (rules.at_least(evm::Fork::cancun)) {
        uint64_t excess = fixture.excess_blob_gas;
        if (fixture.parent_blob_gas) {
            excess = execution::next_excess_blob_gas(fixture.parent_blob_gas->first,
                                                     fixture.parent_blob_gas->second,
                                                     block.base_fee, rules);
        }
        block.blob_base_fee = execution::blob_base_fee(excess, rules.blob);
    }
    BlockExecutor executor(pre, rules, block, [](const state::StateDiff&) { return Hash{}; });
    auto result = executor.add(*tx, fixture.transaction.sender);
    if (!result) {
        out.refusal = execution::to_string(result.error());
        return out;
    }
    out.logs = executor.receipts().back().logs;
    // The block reward of zero touches the coinbase.
    executor.state().begin_transaction();
    executor.state().touch(block.coinbase);
    executor.state().end_transaction(rules.at_least(evm::Fork::spurious_dragon));
    out.diff = executor.finish()->diff;
    return out;
}

[[nodiscard]] std::string judge_one(const StateFixture& fixture, const StateExpectation& expect,
                                    const state::MemoryState& pre, const Rules& rules) {
    std::optional<Transaction> tx = select(fixture, expect);
    std::string codec_problem;
    if (expect.tx_bytes) {
        auto checked = check_codec(fixture, expect, tx, rules);
        tx = std::move(checked.tx);
        codec_problem = std::move(checked.problem);
    }
    const Outcome outcome = run(fixture, pre, rules, tx, codec_problem);
    if (!expect.exception.empty()) {
        if (outcome.refusal.empty()) {
            return fmt::format("accepted, but should be refused: {}", expect.exception);
        }
    } else if (!outcome.refusal.empty()) {
        return fmt::format("refused: {}", outcome.refusal);
    }
    state::MemoryState post;
    post.apply(fixture.pre);
    post.apply(outcome.diff);
    const Hash root = post.state_root();
    if (root != expect.root &&
        (outcome.refusal.empty() || !is_touched_root(fixture, rules, expect.root))) {
        const std::string where =
            expect.accounts ? first_difference(*expect.accounts, post) : std::string{};
        return fmt::format("state root {} instead of {} {}", to_hex0x(root), to_hex0x(expect.root),
                           where);
    }
    const Hash logs_hash = crypto::keccak256(types::encode_logs(outcome.logs));
    if (logs_hash != expect.logs_hash) {
        return fmt::format("logs hash {} instead of {}", to_hex0x(logs_hash),
                           to_hex0x(expect.logs_hash));
    }
    return {};
}

}  // namespace

void judge_state(const StateFixture& fixture, const std::function<bool(std::string_view)>& wanted,
                 const Report& report) {
    state::MemoryState pre;
    pre.apply(fixture.pre);
    for (const auto& expect : fixture.expectations) {
        if (!wanted(expect.fork)) {
            continue;
        }
        Verdict verdict;
        verdict.test_case = fmt::format("{}/{}/{}/{}/{}", fixture.name, expect.fork, expect.data,
                                        expect.gas, expect.value);
        if (const auto rules =
                rules_of_fork(expect.fork, fixture.chain_id, fixture.blob_schedule)) {
            verdict.reason = judge_one(fixture, expect, pre, *rules);
        } else {
            verdict.skipped = true;
        }
        report(std::move(verdict));
    }
}

}  // namespace otento::conformance
