// Submission of an encoded transaction to this node's pool, for all methods that do so.
#pragma once

#include <otento/rpc/method.hpp>

namespace otento::rpc {

/// Guards users against a slip of the price: gas limit times price above `cap` is refused. What
/// does not decode is left to the pool, which says why.
/// @param cap  Wei; 0: none.
[[nodiscard]] Result<void, Error> check_fee(BytesView encoded, const uint256& cap);

/// Replies with the hash, which says no more than that the transaction is in the pool.
void submit(Backend& backend, const uint256& fee_cap, Bytes encoded, Reply reply);

}  // namespace otento::rpc
