#include <otento/rpc/signing.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/jsonrpc/forms.hpp>
#include <otento/rpc/errors.hpp>
#include <otento/rpc/fill.hpp>
#include <otento/rpc/submit.hpp>

#include <fmt/core.h>

namespace otento::rpc {
namespace {

constexpr uint8_t V_OFFSET = 27;  // Yellow Paper appendix F.

Error no_signature() {
    return server_error("the key of this account cannot sign");
}

struct Send {
    Address account;
    Hash key;
    types::Transaction tx;
    std::optional<uint64_t> nonce;
};

Result<Send, Error> prepare(const Context& context, const Params& params, KeyOf key_of) {
    TRY(auto call, transaction_param(params));
    Send out;
    out.account = call.from.value_or(Address{});
    out.nonce = call.nonce;
    TRY(out.key, key_of(context, params, out.account));
    TRY(out.tx, fill(context, std::move(call)));
    return out;
}

}  // namespace

Result<Hash, Error> unlocked_key(const Context& context, const Params&, const Address& account) {
    auto key = context.backend.local_accounts().keys.secret(account);
    if (!key) {
        return Err(server_error(key.error()));
    }
    if (!context.options.unlocked_accounts) {
        return Err(server_error(
            "authentication needed: password or unlock; unlocked accounts do not sign over this "
            "port: start with --allow-insecure-unlock, or use the local socket"));
    }
    return *key;
}

Hash personal_message_hash(BytesView message) {
    const std::string prefix = fmt::format(
        "\x19"
        "Ethereum Signed Message:\n{}",
        message.size());
    Bytes text(prefix.begin(), prefix.end());
    text.insert(text.end(), message.begin(), message.end());
    return crypto::keccak256(text);
}

Result<Bytes, Error> sign_message(BytesView message, const Hash& secret_key) {
    const auto signature = crypto::sign(personal_message_hash(message), secret_key);
    if (!signature) {
        return Err(no_signature());
    }
    const auto encoded = crypto::encode_signature(*signature);
    Bytes out(encoded.begin(), encoded.end());
    out.back() = static_cast<uint8_t>(out.back() + V_OFFSET);
    return out;
}

Result<void, Error> list_accounts(Context& context, const Params&, Writer& out) {
    out.begin_array();
    for (const keystore::StoredKey& key : context.backend.local_accounts().keys.list()) {
        out.data(key.address);
    }
    out.end_array();
    return {};
}

Result<void, Error> sign_transaction(const Context& context, const Params& params, KeyOf key_of,
                                     Writer& out) {
    TRY(auto call, transaction_param(params));
    const Address account = call.from.value_or(Address{});
    TRY(const auto key, key_of(context, params, account));
    TRY(auto tx, complete(context, std::move(call)));
    if (!types::sign(tx, key)) {
        return Err(no_signature());
    }
    const Bytes encoded = types::encode_transaction(tx);
    out.begin_object();
    out.member("raw", encoded);
    out.key("tx");
    jsonrpc::write_transaction(out, tx, crypto::keccak256(encoded), account, nullptr);
    out.end_object();
    return {};
}

void send_transaction(const Context& context, const Params& params, KeyOf key_of, Reply reply) {
    auto send = prepare(context, params, key_of);
    if (!send) {
        reply(Err(send.error()));
        return;
    }
    const Address account = send->account;
    const bool taken = context.backend.local_accounts().sends.run(
        account, [backend = &context.backend, cap = context.options.tx_fee_cap_wei,
                  send = *std::move(send), reply](SendQueue::Done done) mutable {
            send.tx.nonce = send.nonce ? *send.nonce : backend->pending_nonce(send.account);
            if (!types::sign(send.tx, send.key)) {
                reply(Err(no_signature()));
                done();
                return;
            }
            submit(*backend, cap, types::encode_transaction(send.tx),
                   [reply, done = std::move(done)](Outcome outcome) {
                       reply(std::move(outcome));
                       done();
                   });
        });
    if (!taken) {
        reply(Err(server_error("too many transactions of this account wait to be sent")));
    }
}

}  // namespace otento::rpc
