// Block parameters on a view: what "latest" and its kin mean on a chain of final blocks
// (spec/json-rpc.md section 4).
#pragma once

#include <otento/jsonrpc/decode.hpp>
#include <otento/jsonrpc/forms.hpp>
#include <otento/rpc/method.hpp>

namespace otento::rpc {

using BlockPtr = std::shared_ptr<const chain::ExecutedBlock>;

/// Number of the block that a parameter names; `pending` counts as the head. Empty if there is
/// none.
[[nodiscard]] std::optional<uint64_t> block_number(const chain::ChainView& view,
                                                   const jsonrpc::BlockParam& param);

/// Null if unknown.
[[nodiscard]] BlockPtr find_block(const chain::ChainView& view, const jsonrpc::BlockParam& param);
[[nodiscard]] BlockPtr find_block(const chain::ChainView& view, const Hash& hash);

/// State after a block, with its number; errors of a method that reads state.
struct StateAt {
    uint64_t number = 0;
    std::shared_ptr<const state::StateView> state;
};
[[nodiscard]] Result<StateAt, Error> find_state(const chain::ChainView& view,
                                                const jsonrpc::BlockParam& param);
/// To call after reading: the disk failed meanwhile, so that what was read must not be shown.
[[nodiscard]] Result<void, Error> check_readable(const state::StateView& state);

/// Parameter `index`, latest if left out.
[[nodiscard]] Result<jsonrpc::BlockParam, Error> block_param(const Params& params, size_t index);

/// Where transaction `index` of a block stands, for its JSON form.
[[nodiscard]] jsonrpc::MinedAt mined_at(const chain::ExecutedBlock& block, size_t index);

/// The block after the head as a view: no transactions, fees and time of now. Not sealed, no hash.
[[nodiscard]] types::Block pending_block(const Context& context);

/// Fee rules of the block after the head.
[[nodiscard]] uint256 next_base_fee(const chain::ChainView& view);

}  // namespace otento::rpc
