// When a transaction may enter a block: intrinsic gas and validity, Yellow Paper 6.2 and the EIPs
// since.
#pragma once

#include <otento/base/result.hpp>
#include <otento/execution/rules.hpp>
#include <otento/types/transaction.hpp>

#include <string_view>

namespace otento::execution {

constexpr uint64_t TX_BASE_COST = 21000;        ///< Yellow Paper G_transaction
constexpr uint64_t TX_GAS_LIMIT_MAX = 1 << 24;  ///< EIP-7825, Osaka on
constexpr size_t BLOBS_PER_TX_MAX = 6;          ///< EIP-7594, Osaka on

/// Why a transaction is refused. to_string() gives the words that libraries search for.
enum class TxError : uint8_t {
    type_not_supported,
    blob_not_supported,
    private_not_supported,
    invalid_signature,
    wrong_chain_id,
    nonce_too_low,
    nonce_too_high,
    nonce_max,
    sender_not_eoa,
    insufficient_funds,
    intrinsic_gas_too_low,
    floor_gas_too_low,
    gas_limit_too_high,       ///< EIP-7825
    exceeds_block_gas_limit,  ///< More than any block holds.
    block_gas_exhausted,      ///< More than this block has left.
    fee_cap_below_base_fee,
    tip_above_fee_cap,
    price_not_zero,      ///< GoQuorum
    initcode_too_large,  ///< EIP-3860
    blob_missing,
    blob_creation,
    blob_bad_hash,
    too_many_blobs,
    blob_gas_exhausted,
    blob_fee_cap_too_low,
    authorization_missing,  ///< EIP-7702
    set_code_creation,
};
[[nodiscard]] std::string_view to_string(TxError error) noexcept;

/// True where time cannot heal it: the transaction can be thrown away. Nonce gaps, missing funds,
/// low fee caps and full blocks may pass later.
[[nodiscard]] bool is_permanent(TxError error) noexcept;

struct IntrinsicGas {
    uint64_t gas = 0;    ///< Charged before the first opcode; at least TX_BASE_COST.
    uint64_t floor = 0;  ///< EIP-7623: least gas used; 0 before Prague.
};

/// Source: Yellow Paper 6.2 (g0); EIP-2, EIP-2028, EIP-2930, EIP-3860, EIP-7623, EIP-7702. Never
/// fails.
[[nodiscard]] IntrinsicGas intrinsic_gas(const types::Transaction& tx, evm::Fork fork) noexcept;
/// The same under all rules of a block: a GoQuorum chain may lack Homestead.
[[nodiscard]] IntrinsicGas intrinsic_gas(const types::Transaction& tx, const Rules& rules) noexcept;

/// The sender as the state has it before the transaction.
struct SenderState {
    uint64_t nonce = 0;
    uint256 balance;
    bool has_code = false;  ///< Code other than an EIP-7702 delegation.
};

/// What the block still offers.
struct BlockRoom {
    uint256 base_fee;
    uint256 blob_base_fee;
    uint64_t block_gas_limit = 0;
    uint64_t gas = 0;       ///< Left.
    uint64_t blob_gas = 0;  ///< Left.
};

/// Numbers that validation has computed anyway.
struct Validated {
    IntrinsicGas intrinsic;
    uint256 price;  ///< Effective gas price, wei.
    uint256 tip;    ///< Part of the price that goes to the coinbase.
    uint64_t blob_gas = 0;
};

/// The checks that need neither state nor block: type, chain id, limits, intrinsic gas, price
/// rules.
[[nodiscard]] Result<IntrinsicGas, TxError> validate_stateless(const types::Transaction& tx,
                                                               const Rules& rules) noexcept;

/// Most that the transaction can cost: value, gas at the fee cap and blob gas at its cap. Empty on
/// overflow.
[[nodiscard]] std::optional<uint256> cost_max(const types::Transaction& tx) noexcept;

/// Everything but the signature; `sender` belongs to the recovered address.
[[nodiscard]] Result<Validated, TxError> validate_transaction(const types::Transaction& tx,
                                                              const Rules& rules,
                                                              const SenderState& sender,
                                                              const BlockRoom& room) noexcept;

/// Whether signatures must have a low s (EIP-2): all that sets forks apart here.
[[nodiscard]] bool requires_low_s(const Rules& rules) noexcept;
/// Sender by the signature rules of the fork (EIP-2, EIP-155).
[[nodiscard]] std::optional<Address> recover_sender(const types::Transaction& tx,
                                                    const Rules& rules);
/// The same of many, which is faster than one by one: see crypto::recover_many.
[[nodiscard]] std::vector<std::optional<Address>> recover_senders(
    std::span<const types::Transaction* const> txs, const Rules& rules);

}  // namespace otento::execution
