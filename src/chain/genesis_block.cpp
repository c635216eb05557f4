#include <otento/chain/genesis_block.hpp>
#include <otento/chain/header_rules.hpp>

namespace otento::chain {

using evm::Fork;

types::Block genesis_block(const types::Genesis& genesis, const Hash& state_root) {
    const execution::Rules rules = execution::rules_at(genesis.config, 0, genesis.timestamp);
    types::Block block;
    types::Header& header = block.header;
    header.ommers_hash = types::EMPTY_OMMERS_HASH;
    header.coinbase = genesis.coinbase;
    header.state_root = state_root;
    header.transactions_root = types::EMPTY_TRIE_ROOT;
    header.receipts_root = types::EMPTY_TRIE_ROOT;
    header.difficulty = genesis.difficulty;
    header.gas_limit = genesis.gas_limit;
    header.timestamp = genesis.timestamp;
    header.extra_data = genesis.extra_data;
    header.prev_randao = genesis.prev_randao;
    header.nonce = genesis.nonce;
    if (rules.at_least(Fork::london)) {
        header.base_fee_per_gas = genesis.base_fee_per_gas.value_or(
            rules.fee_market ? uint256{execution::INITIAL_BASE_FEE} : uint256{});
    }
    if (rules.at_least(Fork::shanghai)) {
        header.withdrawals_root = types::EMPTY_TRIE_ROOT;
        block.withdrawals.emplace();
    }
    if (rules.at_least(Fork::cancun)) {
        header.blob_gas_used = 0;
        header.excess_blob_gas = 0;
        header.parent_beacon_block_root = Hash{};
    }
    if (rules.at_least(Fork::prague)) {
        header.requests_hash = empty_requests_hash();
    }
    return block;
}

}  // namespace otento::chain
