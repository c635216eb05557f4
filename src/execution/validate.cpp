#include <otento/execution/fees.hpp>
#include <otento/execution/validate.hpp>

namespace otento::execution {

using evm::Fork;
using types::Transaction;
using types::TxType;

std::string_view to_string(TxError error) noexcept {
    switch (error) {
        case TxError::type_not_supported:
            return "transaction type not supported";
        case TxError::blob_not_supported:
            return "transaction type not supported: this chain carries no blobs";
        case TxError::private_not_supported:
            return "transaction type not supported: private transaction";
        case TxError::invalid_signature:
            return "invalid sender: invalid transaction v, r, s values";
        case TxError::wrong_chain_id:
            return "invalid sender: invalid chain id for signer";
        case TxError::nonce_too_low:
            return "nonce too low";
        case TxError::nonce_too_high:
            return "nonce too high";
        case TxError::nonce_max:
            return "nonce has max value";
        case TxError::sender_not_eoa:
            return "sender not an eoa";
        case TxError::insufficient_funds:
            return "insufficient funds for gas * price + value";
        case TxError::intrinsic_gas_too_low:
            return "intrinsic gas too low";
        case TxError::floor_gas_too_low:
            return "insufficient gas for floor data gas cost";
        case TxError::gas_limit_too_high:
            return "transaction gas limit too high (cap: 16777216, EIP-7825)";
        case TxError::exceeds_block_gas_limit:
            return "exceeds block gas limit";
        case TxError::block_gas_exhausted:
            return "gas limit reached";
        case TxError::fee_cap_below_base_fee:
            return "max fee per gas less than block base fee";
        case TxError::tip_above_fee_cap:
            return "max priority fee per gas higher than max fee per gas";
        case TxError::price_not_zero:
            return "Gas price not 0";
        case TxError::initcode_too_large:
            return "max initcode size exceeded";
        case TxError::blob_missing:
            return "blob transaction missing blob hashes";
        case TxError::blob_creation:
            return "blob transaction of type create";
        case TxError::blob_bad_hash:
            return "blob has invalid hash version";
        case TxError::too_many_blobs:
            return "blob transaction has too many blobs";
        case TxError::blob_gas_exhausted:
            return "blob gas limit reached";
        case TxError::blob_fee_cap_too_low:
            return "max fee per blob gas less than block blob gas fee";
        case TxError::authorization_missing:
            return "EIP-7702 transaction with empty auth list";
        case TxError::set_code_creation:
            return "EIP-7702 transaction cannot be used to create contract";
    }
    return "invalid transaction";
}

bool is_permanent(TxError error) noexcept {
    switch (error) {
        case TxError::nonce_too_high:
        case TxError::insufficient_funds:
        case TxError::block_gas_exhausted:
        case TxError::blob_gas_exhausted:
        case TxError::fee_cap_below_base_fee:
        case TxError::blob_fee_cap_too_low:
        case TxError::sender_not_eoa:
            return false;
        default:
            return true;
    }
}

namespace {

[[nodiscard]] Result<void, TxError> check_type(const Transaction& tx, const Rules& rules) noexcept {
    switch (tx.type) {
        case TxType::legacy:
            if (tx.quorum_private && !rules.private_transactions) {
                return Err(TxError::private_not_supported);
            }
            if (tx.chain_id && !rules.eip155()) {
                return Err(TxError::wrong_chain_id);
            }
            break;
        case TxType::access_list:
            if (!rules.at_least(Fork::berlin)) {
                return Err(TxError::type_not_supported);
            }
            break;
        case TxType::dynamic_fee:
            if (!rules.at_least(Fork::london)) {
                return Err(TxError::type_not_supported);
            }
            break;
        case TxType::blob:
            if (!rules.at_least(Fork::cancun)) {
                return Err(TxError::type_not_supported);
            }
            if (!rules.blob_transactions) {
                return Err(TxError::blob_not_supported);
            }
            break;
        case TxType::set_code:
            if (!rules.at_least(Fork::prague)) {
                return Err(TxError::type_not_supported);
            }
            break;
    }
    if (tx.chain_id ? *tx.chain_id != rules.chain_id : tx.type != TxType::legacy) {
        return Err(TxError::wrong_chain_id);
    }
    return {};
}

[[nodiscard]] Result<void, TxError> check_blobs(const Transaction& tx,
                                                const Rules& rules) noexcept {
    constexpr uint8_t VERSIONED_HASH_VERSION_KZG = 1;  // EIP-4844
    if (tx.is_creation()) {
        return Err(TxError::blob_creation);
    }
    if (tx.blob_versioned_hashes.empty()) {
        return Err(TxError::blob_missing);
    }
    if (tx.blob_versioned_hashes.size() > rules.blob.max ||
        (rules.at_least(Fork::osaka) && tx.blob_versioned_hashes.size() > BLOBS_PER_TX_MAX)) {
        return Err(TxError::too_many_blobs);
    }
    for (const auto& hash : tx.blob_versioned_hashes) {
        if (hash[0] != VERSIONED_HASH_VERSION_KZG) {
            return Err(TxError::blob_bad_hash);
        }
    }
    return {};
}

[[nodiscard]] Result<void, TxError> check_prices(const Transaction& tx,
                                                 const Rules& rules) noexcept {
    if (tx.max_priority_fee_per_gas > tx.max_fee_per_gas) {
        return Err(TxError::tip_above_fee_cap);
    }
    if (rules.price_must_be_zero && !tx.max_fee_per_gas.is_zero()) {
        return Err(TxError::price_not_zero);
    }
    return {};
}

}  // namespace

Result<IntrinsicGas, TxError> validate_stateless(const Transaction& tx,
                                                 const Rules& rules) noexcept {
    TRY_VOID(check_type(tx, rules));
    if (tx.type == TxType::blob) {
        TRY_VOID(check_blobs(tx, rules));
    }
    if (tx.type == TxType::set_code) {
        if (tx.is_creation()) {
            return Err(TxError::set_code_creation);
        }
        if (tx.authorization_list.empty()) {
            return Err(TxError::authorization_missing);
        }
    }
    if (rules.strict_accounts && tx.nonce == UINT64_MAX) {  // EIP-2681
        return Err(TxError::nonce_max);
    }
    TRY_VOID(check_prices(tx, rules));
    if (tx.is_creation() && rules.at_least(Fork::shanghai) &&
        tx.data.size() > rules.evm.initcode_size_max) {
        return Err(TxError::initcode_too_large);
    }
    if (rules.at_least(Fork::osaka) && tx.gas_limit > TX_GAS_LIMIT_MAX) {
        return Err(TxError::gas_limit_too_high);
    }
    const IntrinsicGas intrinsic = intrinsic_gas(tx, rules);
    if (tx.gas_limit < intrinsic.gas) {
        return Err(TxError::intrinsic_gas_too_low);
    }
    if (tx.gas_limit < intrinsic.floor) {
        return Err(TxError::floor_gas_too_low);
    }
    return intrinsic;
}

std::optional<uint256> cost_max(const Transaction& tx) noexcept {
    uint256 cost;
    if (mul_overflows(tx.max_fee_per_gas, uint256{tx.gas_limit}, cost) ||
        add_overflows(cost, tx.value, cost)) {
        return std::nullopt;
    }
    if (tx.type == TxType::blob) {
        uint256 blobs;
        if (mul_overflows(tx.max_fee_per_blob_gas,
                          uint256{GAS_PER_BLOB} * uint256{tx.blob_versioned_hashes.size()},
                          blobs) ||
            add_overflows(cost, blobs, cost)) {
            return std::nullopt;
        }
    }
    return cost;
}

Result<Validated, TxError> validate_transaction(const Transaction& tx, const Rules& rules,
                                                const SenderState& sender,
                                                const BlockRoom& room) noexcept {
    Validated out;
    TRY(out.intrinsic, validate_stateless(tx, rules));
    if (tx.nonce != sender.nonce) {
        return Err(tx.nonce < sender.nonce ? TxError::nonce_too_low : TxError::nonce_too_high);
    }
    if (rules.strict_accounts && sender.has_code) {  // EIP-3607
        return Err(TxError::sender_not_eoa);
    }
    if (tx.gas_limit > room.gas) {
        return Err(tx.gas_limit > room.block_gas_limit ? TxError::exceeds_block_gas_limit
                                                       : TxError::block_gas_exhausted);
    }
    if (tx.max_fee_per_gas < room.base_fee) {
        return Err(TxError::fee_cap_below_base_fee);
    }
    if (tx.type == TxType::blob) {
        out.blob_gas = GAS_PER_BLOB * tx.blob_versioned_hashes.size();
        if (out.blob_gas > room.blob_gas) {
            return Err(TxError::blob_gas_exhausted);
        }
        if (tx.max_fee_per_blob_gas < room.blob_base_fee) {
            return Err(TxError::blob_fee_cap_too_low);
        }
    }
    // The value of a private transaction moves in private state only (spec/quorum-raft.md 2.9).
    const auto cost = tx.quorum_private ? tx.max_fee_per_gas * uint256{tx.gas_limit} : cost_max(tx);
    if (!cost || *cost > sender.balance) {
        return Err(TxError::insufficient_funds);
    }
    out.tip = std::min(tx.max_priority_fee_per_gas, tx.max_fee_per_gas - room.base_fee);
    out.price = room.base_fee + out.tip;
    return out;
}

bool requires_low_s(const Rules& rules) noexcept {
    return rules.homestead() || rules.eip155();
}

std::optional<Address> recover_sender(const Transaction& tx, const Rules& rules) {
    return types::recover_sender(tx, requires_low_s(rules));
}

std::vector<std::optional<Address>> recover_senders(std::span<const types::Transaction* const> txs,
                                                    const Rules& rules) {
    return types::recover_senders(txs, requires_low_s(rules));
}

}  // namespace otento::execution
