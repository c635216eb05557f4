// What the methods that sign share: whose key, which message, and the way of a signed transaction.
#pragma once

#include <otento/rpc/method.hpp>
#include <otento/types/transaction.hpp>

namespace otento::rpc {

/// Key of an unlocked account, if this door lets those sign.
[[nodiscard]] Result<Hash, Error> unlocked_key(const Context& context, const Params& params,
                                               const Address& account);

/// Keccak-256 of "\x19Ethereum Signed Message:\n", the length and the message (EIP-191, version
/// 0x45).
[[nodiscard]] Hash personal_message_hash(BytesView message);
/// r, s, and v as 27 or 28.
[[nodiscard]] Result<Bytes, Error> sign_message(BytesView message, const Hash& secret_key);

/// The addresses of this node's accounts.
[[nodiscard]] Result<void, Error> list_accounts(Context& context, const Params& params,
                                                Writer& out);

/// How a method finds the key of an account.
using KeyOf = Result<Hash, Error> (*)(const Context& context, const Params& params,
                                      const Address& account);

/// Parameter 0 completed, signed and submitted once the sends of this account before it are in the
/// pool; without a nonce it takes the one behind them.
void send_transaction(const Context& context, const Params& params, KeyOf key_of, Reply reply);

/// Parameter 0, which must name gas, price and nonce, as `{raw, tx}`.
[[nodiscard]] Result<void, Error> sign_transaction(const Context& context, const Params& params,
                                                   KeyOf key_of, Writer& out);

}  // namespace otento::rpc
