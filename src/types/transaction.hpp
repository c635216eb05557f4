// Transactions of all types with their encodings: legacy (Yellow Paper 4.3, EIP-155), EIP-2930,
// EIP-1559, EIP-4844, EIP-7702.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/base/rlp.hpp>
#include <otento/base/uint256.hpp>

#include <span>
#include <optional>
#include <string_view>
#include <vector>

namespace otento::types {

enum class TxType : uint8_t {
    legacy = 0,
    access_list = 1,
    dynamic_fee = 2,
    blob = 3,
    set_code = 4
};

struct AccessListEntry {
    Address address;
    std::vector<Hash> storage_keys;
    friend bool operator==(const AccessListEntry&, const AccessListEntry&) = default;
};
using AccessList = std::vector<AccessListEntry>;

/// EIP-7702.
struct Authorization {
    uint256 chain_id;
    Address address;
    uint64_t nonce = 0;
    uint256 y_parity;  ///< As encoded; valid ones are 0 and 1.
    uint256 r;
    uint256 s;
    friend bool operator==(const Authorization&, const Authorization&) = default;
};

struct Transaction {
    TxType type = TxType::legacy;
    std::optional<uint64_t> chain_id;  ///< Absent: legacy without replay protection.
    uint64_t nonce = 0;
    uint256
        max_priority_fee_per_gas;  ///< Legacy and EIP-2930: equal to max_fee_per_gas (gasPrice).
    uint256 max_fee_per_gas;
    uint64_t gas_limit = 0;
    std::optional<Address> to;  ///< Absent: contract creation.
    uint256 value;
    Bytes data;
    AccessList access_list;
    uint256 max_fee_per_blob_gas;
    std::vector<Hash> blob_versioned_hashes;
    std::vector<Authorization> authorization_list;
    bool y_parity = false;
    uint256 r;
    uint256 s;
    /// GoQuorum private transactions (v 37/38): signed like an unprotected legacy transaction.
    bool quorum_private = false;

    [[nodiscard]] bool is_creation() const noexcept { return !to.has_value(); }
    /// The legacy v: 27/28, or 35/36 + 2 * chain id (EIP-155), or 37/38 for GoQuorum's private
    /// form.
    [[nodiscard]] uint256 legacy_v() const noexcept;
    friend bool operator==(const Transaction&, const Transaction&) = default;
};

enum class TxDecodeError {
    rlp,           ///< Not canonical RLP or wrong fields.
    unknown_type,  ///< EIP-2718 type that we do not know.
    bad_v,         ///< v, y_parity or chain id out of range.
    trailing_bytes,
    empty,
};
[[nodiscard]] std::string_view to_string(TxDecodeError error) noexcept;

struct DecodeOptions {
    /// Legacy v of 37 and 38 marks a GoQuorum private transaction. Set it for chains with
    /// GoQuorum's history, whose chain id is never 1; without it they mean chain id 1 (EIP-155).
    bool quorum_private = false;
};

/// Decodes the canonical form: the RLP list of a legacy transaction, or `type || payload`
/// (EIP-2718). Memory used is a small multiple of the input's size. Signatures are not checked
/// here.
[[nodiscard]] Result<Transaction, TxDecodeError> decode_transaction(BytesView in,
                                                                    DecodeOptions options = {});
/// As decode_transaction, for an item inside a block body, where typed forms are wrapped in a
/// string.
[[nodiscard]] Result<Transaction, TxDecodeError> decode_block_transaction(
    BytesView item, DecodeOptions options = {});
/// The canonical form. Typed transactions without chain_id are encoded with chain id 0.
[[nodiscard]] Bytes encode_transaction(const Transaction& tx);
/// The item of a block body: the canonical form, in an RLP string if typed.
void append_block_transaction(rlp::Writer& out, const Transaction& tx);
/// Keccak-256 of the canonical form.
[[nodiscard]] Hash transaction_hash(const Transaction& tx);
/// The hash the sender signed.
[[nodiscard]] Hash signing_hash(const Transaction& tx);
/// Sender by secp256k1 recovery. Empty on an invalid signature. `require_low_s`: EIP-2 (Homestead
/// on).
[[nodiscard]] std::optional<Address> recover_sender(const Transaction& tx,
                                                    bool require_low_s = true);
/// The same of many, which is faster than one by one: see crypto::recover_many.
[[nodiscard]] std::vector<Hash> transaction_hashes(std::span<const Transaction* const> txs);
[[nodiscard]] std::vector<std::optional<Address>> recover_senders(
    std::span<const Transaction* const> txs, bool require_low_s = true);
/// Authority of an EIP-7702 authorization; empty if invalid.
[[nodiscard]] std::optional<Address> recover_authority(const Authorization& authorization);
/// Signs with a 32-byte secret key: sets y_parity, r, s. For tools, wallets and tests.
/// @return  False, and the transaction as it was, for an invalid key.
bool sign(Transaction& tx, const Hash& secret_key);

}  // namespace otento::types
