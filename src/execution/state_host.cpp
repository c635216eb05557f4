#include <otento/execution/state_host.hpp>

namespace otento::execution {

namespace {

constexpr uint64_t BLOCK_HASH_WINDOW = 256;  // Yellow Paper 9.4, BLOCKHASH

}  // namespace

StateHost::StateHost(state::State& state, const Rules& rules, const BlockContext& block)
    : state_(state), fork_(rules.fork()), hashes_(block.hashes), parent_hash_(block.parent_hash) {
    context_.coinbase = block.coinbase;
    context_.number = block.number;
    context_.timestamp = block.timestamp;
    context_.gas_limit = block.gas_limit;
    context_.difficulty = block.difficulty;
    context_.prev_randao = block.prev_randao;
    context_.chain_id = rules.chain_id;
    context_.base_fee = block.base_fee;
    context_.blob_base_fee = block.blob_base_fee;
}

void StateHost::begin_transaction(const Address& origin, const uint256& price,
                                  const std::vector<Hash>& blob_hashes) {
    context_.origin = origin;
    context_.gas_price = price;
    context_.blob_hashes = blob_hashes;
}

bool StateHost::exists(const Address& address) {
    return state_.exists(address);
}
bool StateHost::is_empty(const Address& address) {
    return state_.is_empty(address);
}
uint256 StateHost::balance(const Address& address) {
    return state_.balance(address);
}
uint64_t StateHost::nonce(const Address& address) {
    return state_.nonce(address);
}
Hash StateHost::code_hash(const Address& address) {
    return state_.code_hash(address);
}

evm::CodeRef StateHost::code(const Address& address) {
    state::Code code = state_.code(address);
    return {.hash = code.hash, .bytes = std::move(code.bytes)};
}

bool StateHost::has_storage(const Address& address) {
    return state_.has_storage(address);
}
void StateHost::touch(const Address& address) {
    state_.touch(address);
}

void StateHost::add_balance(const Address& address, const uint256& value) {
    state_.add_balance(address, value);
}

void StateHost::subtract_balance(const Address& address, const uint256& value) {
    state_.subtract_balance(address, value);
}

void StateHost::set_nonce(const Address& address, uint64_t nonce) {
    state_.set_nonce(address, nonce);
}

void StateHost::set_code(const Address& address, Bytes code) {
    state_.set_code(address, std::move(code));
}

void StateHost::create_contract(const Address& address) {
    state_.create_contract(address);
}
bool StateHost::created_in_tx(const Address& address) {
    return state_.created_in_tx(address);
}
bool StateHost::self_destruct(const Address& address) {
    return state_.self_destruct(address);
}

Hash StateHost::storage(const Address& address, const Hash& key) {
    return state_.storage(address, key);
}

evm::StorageValue StateHost::storage_value(const Address& address, const Hash& key) {
    const state::SlotValue value = state_.storage_value(address, key);
    return {.original = value.original, .current = value.current};
}

void StateHost::set_storage(const Address& address, const Hash& key, const Hash& value) {
    state_.set_storage(address, key, value);
}

Hash StateHost::transient_storage(const Address& address, const Hash& key) {
    return state_.transient_storage(address, key);
}

void StateHost::set_transient_storage(const Address& address, const Hash& key, const Hash& value) {
    state_.set_transient_storage(address, key, value);
}

bool StateHost::access_account(const Address& address) {
    return evm::is_precompile(address, fork_) || state_.access_account(address);
}

bool StateHost::access_storage(const Address& address, const Hash& key) {
    return state_.access_storage(address, key);
}

evm::StorageAccess StateHost::touch_storage(const Address& address, const Hash& key) {
    const state::SlotAccess access = state_.touch_storage(address, key);
    return {.was_warm = access.was_warm,
            .value = {.original = access.value.original, .current = access.value.current}};
}

bool StateHost::is_warm(const Address& address) {
    return evm::is_precompile(address, fork_) || state_.is_warm(address);
}

void StateHost::emit_log(const Address& address, std::vector<Hash> topics, BytesView data) {
    state_.emit_log(address, std::move(topics), data);
}

void StateHost::add_refund(int64_t gas) {
    state_.add_refund(gas);
}
size_t StateHost::checkpoint() {
    return state_.checkpoint();
}
void StateHost::rollback(size_t checkpoint) {
    state_.rollback(checkpoint);
}
const evm::TxContext& StateHost::tx_context() {
    return context_;
}

Hash StateHost::block_hash(uint64_t number) {
    if (number >= context_.number || context_.number - number > BLOCK_HASH_WINDOW) {
        return {};
    }
    // The header's own word for its parent needs no lookup. Test environments leave it empty.
    if (number + 1 == context_.number && !parent_hash_.is_zero()) {
        return parent_hash_;
    }
    return hashes_ == nullptr ? Hash{} : hashes_->block_hash(number);
}

}  // namespace otento::execution
