#include <otento/rpc/testing/fake_chain.hpp>

#include <otento/base/hex.hpp>
#include <otento/chain/genesis_block.hpp>
#include <otento/execution/block_roots.hpp>

namespace otento::rpc::testing {
namespace {

/// The state with a block's changes.
std::shared_ptr<const state::MemoryState> after(const state::MemoryState& before,
                                                const state::StateDiff& diff) {
    auto out = std::make_shared<state::MemoryState>();
    for (const auto& [address, account] : before.accounts()) {
        out->put(address, account.nonce, account.balance, *account.code, account.storage);
    }
    out->apply(diff);
    return out;
}

}  // namespace

FakeChain::FakeChain(const types::Genesis& genesis) : config_(genesis.config) {
    auto state = std::make_shared<state::MemoryState>();
    for (const auto& [address, account] : genesis.alloc) {
        state->put(address, account.nonce, account.balance, account.code, account.storage);
    }
    append(chain::genesis_block(genesis, state->state_root()), {}, {}, state);
}

void FakeChain::append(types::Block block, std::vector<Address> senders,
                       std::vector<types::Receipt> receipts,
                       std::shared_ptr<const state::MemoryState> state) {
    auto executed = std::make_shared<chain::ExecutedBlock>();
    executed->hash = types::header_hash(block.header);
    executed->encoded_size = types::encode_block(block).size();
    for (const auto& tx : block.transactions) {
        executed->tx_hashes.push_back(types::transaction_hash(tx));
    }
    executed->senders = std::move(senders);
    executed->receipts = std::move(receipts);
    executed->block = std::make_shared<const types::Block>(std::move(block));
    blocks_.push_back(std::move(executed));
    states_.push_back(std::move(state));
}

void FakeChain::mine(std::vector<types::Transaction> transactions, uint64_t timestamp_step) {
    const auto& parent = blocks_.back();
    types::Block block;
    auto& header = block.header;
    header = parent->block->header;
    header.parent_hash = parent->hash;
    header.number += 1;
    header.timestamp += timestamp_step;
    header.gas_used = 0;
    const auto rules = execution::rules_at(config_, header.number, header.timestamp);
    execution::BlockExecutor executor(*states_.back(), rules,
                                      execution::context_of(header, rules, this));
    executor.begin();
    std::vector<Address> senders;
    for (const auto& tx : transactions) {
        const auto sender = types::recover_sender(tx);
        ASSERT(sender.has_value());
        const auto result = executor.add(tx, *sender);
        ASSERT(result.has_value());
        senders.push_back(*sender);
    }
    auto outcome = executor.finish();
    ASSERT(outcome.has_value());
    auto state = after(*states_.back(), outcome->diff);
    header.state_root = state->state_root();
    header.gas_used = outcome->gas_used;
    header.receipts_root = execution::receipts_root(outcome->receipts);
    header.logs_bloom = execution::receipts_bloom(outcome->receipts);
    header.transactions_root = execution::transactions_root(transactions);
    block.transactions = std::move(transactions);
    if (header.withdrawals_root) {
        block.withdrawals.emplace();
    }
    append(std::move(block), std::move(senders), std::move(outcome->receipts), std::move(state));
}

std::string FakeChain::import(const types::Block& block) {
    const auto& header = block.header;
    if (header.parent_hash != blocks_.back()->hash) {
        return "unknown parent";
    }
    std::vector<Address> senders;
    for (const auto& tx : block.transactions) {
        const auto sender = types::recover_sender(tx);
        if (!sender) {
            return "invalid sender";
        }
        senders.push_back(*sender);
    }
    const auto rules = execution::rules_at(config_, header.number, header.timestamp);
    const auto root_after = [&](const state::StateDiff& diff) {
        return after(*states_.back(), diff)->state_root();
    };
    auto outcome =
        execution::execute_block(*states_.back(), rules, block, senders, this, root_after);
    if (!outcome) {
        return std::string(to_string(outcome.error().error)) + ": " + outcome.error().detail;
    }
    auto state = after(*states_.back(), outcome->diff);
    if (state->state_root() != header.state_root) {
        return "state root: header says " + to_hex0x(header.state_root) + ", computed " +
               to_hex0x(state->state_root());
    }
    append(block, std::move(senders), std::move(outcome->receipts), std::move(state));
    return "";
}

std::shared_ptr<const chain::ExecutedBlock> FakeChain::block(uint64_t number) const {
    return number < blocks_.size() ? blocks_[number] : nullptr;
}

std::optional<uint64_t> FakeChain::number_of(const Hash& block_hash) const {
    for (uint64_t i = 0; i < blocks_.size(); ++i) {
        if (blocks_[i]->hash == block_hash) {
            return i;
        }
    }
    return std::nullopt;
}

std::optional<types::Header> FakeChain::header(uint64_t number) const {
    return number < blocks_.size() ? std::optional(blocks_[number]->block->header) : std::nullopt;
}

std::optional<Hash> FakeChain::hash_of(uint64_t number) const {
    return number < blocks_.size() ? std::optional(blocks_[number]->hash) : std::nullopt;
}

std::optional<chain::TxLocation> FakeChain::find_transaction(const Hash& tx_hash) const {
    for (uint64_t i = 0; i < blocks_.size(); ++i) {
        const auto& hashes = blocks_[i]->tx_hashes;
        for (size_t j = 0; j < hashes.size(); ++j) {
            if (hashes[j] == tx_hash) {
                return chain::TxLocation{i, static_cast<uint32_t>(j)};
            }
        }
    }
    return std::nullopt;
}

std::shared_ptr<const state::StateView> FakeChain::state_at(uint64_t number) const {
    return number < states_.size() ? states_[number] : nullptr;
}

}  // namespace otento::rpc::testing
