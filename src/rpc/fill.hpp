// Transactions that a client describes and this node completes and signs.
#pragma once

#include <otento/jsonrpc/call.hpp>
#include <otento/rpc/method.hpp>

namespace otento::rpc {

/// What a client wants sent; private transactions of GoQuorum are refused.
[[nodiscard]] Result<jsonrpc::CallObject, Error> transaction_param(const Params& params);

/// Completes gas (by an estimate) and price (EIP-1559 where there is a base fee); the nonce stays
/// 0 where none is given.
[[nodiscard]] Result<types::Transaction, Error> fill(const Context& context,
                                                     jsonrpc::CallObject call);

/// As above for eth_signTransaction, which must be told gas, price and nonce.
[[nodiscard]] Result<types::Transaction, Error> complete(const Context& context,
                                                         jsonrpc::CallObject call);

}  // namespace otento::rpc
