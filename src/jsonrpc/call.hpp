// Call objects and overrides of eth_call and its kin (spec/json-rpc.md section 5).
#pragma once

#include <otento/jsonrpc/decode.hpp>
#include <otento/types/transaction.hpp>

#include <map>
#include <vector>

namespace otento::jsonrpc {

/// A transaction as clients describe it; every field may be missing. Unknown fields are ignored.
struct CallObject {
    std::optional<Address> from;
    std::optional<Address> to;
    std::optional<uint64_t> gas;
    std::optional<uint256> gas_price;
    std::optional<uint256> max_fee_per_gas;
    std::optional<uint256> max_priority_fee_per_gas;
    std::optional<uint256> value;
    std::optional<uint64_t> nonce;
    std::optional<Bytes> input;
    std::optional<Bytes> data;  ///< Older name of input.
    std::optional<types::AccessList> access_list;
    std::optional<uint256> chain_id;
    std::optional<uint256> max_fee_per_blob_gas;
    std::optional<std::vector<Hash>> blob_versioned_hashes;
    std::optional<std::vector<types::Authorization>> authorization_list;
};
[[nodiscard]] Result<CallObject, Cause> decode_call(Value value);
[[nodiscard]] Result<types::AccessList, Cause> decode_access_list(Value value);

/// Changes to one account before a call.
struct AccountOverride {
    std::optional<uint64_t> nonce;
    std::optional<uint256> balance;
    std::optional<Bytes> code;
    std::optional<std::map<Hash, Hash>> state;       ///< Replaces all slots.
    std::optional<std::map<Hash, Hash>> state_diff;  ///< Replaces these slots.
};
using StateOverride = std::map<Address, AccountOverride>;
/// movePrecompileToAddress is refused.
[[nodiscard]] Result<StateOverride, Cause> decode_state_override(Value value);

/// Changes to the block a call sees.
struct BlockOverride {
    std::optional<uint64_t> number;
    std::optional<uint64_t> time;
    std::optional<uint64_t> gas_limit;
    std::optional<Address> fee_recipient;
    std::optional<Hash> prev_randao;
    std::optional<uint256> base_fee_per_gas;
    std::optional<uint256> blob_base_fee;
    std::optional<uint256> difficulty;
};
[[nodiscard]] Result<BlockOverride, Cause> decode_block_override(Value value);

/// Filter of eth_getLogs. A block hash excludes a range.
struct LogFilter {
    std::optional<BlockParam> from;
    std::optional<BlockParam> to;
    std::optional<Hash> block_hash;
    std::vector<Address> addresses;         ///< Any of them; empty: all.
    std::vector<std::vector<Hash>> topics;  ///< By position, any of each; empty: all.
};
inline constexpr size_t LOG_TOPICS_MAX = 4;
[[nodiscard]] Result<LogFilter, Cause> decode_log_filter(Value value);

}  // namespace otento::jsonrpc
