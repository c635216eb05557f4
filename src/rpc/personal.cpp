// personal_*: keys of this node and their passwords, as geth had them until 1.14 and GoQuorum to
// the end. Served over a network only if the operator names the module.
#include <otento/base/hex.hpp>
#include <otento/rpc/errors.hpp>
#include <otento/rpc/signing.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;
using jsonrpc::Cause;
using jsonrpc::Value;

constexpr uint64_t UNLOCK_SECONDS_DEFAULT = 300;
constexpr size_t SIGNATURE_SIZE = 65;

Result<uint64_t, Cause> decode_seconds(Value value) {
    return jsonrpc::decode_number64(value, "want a number of seconds");
}

keystore::Accounts& keys(const Context& context) {
    return context.backend.local_accounts().keys;
}

/// geth counts each file as a wallet of one account.
Answer personal_list_wallets(Context& context, const Params&, Writer& out) {
    out.begin_array();
    for (const keystore::StoredKey& key : keys(context).list()) {
        const std::string url = "keystore://" + key.path;
        out.begin_object();
        out.key("url").string(url);
        out.key("status").string(keys(context).is_unlocked(key.address) ? "Unlocked" : "Locked");
        out.key("accounts").begin_array().begin_object();
        out.member("address", key.address);
        out.key("url").string(url);
        out.end_object().end_array();
        out.end_object();
    }
    out.end_array();
    return {};
}

/// Key by the password in parameter PASSWORD, unlocked or not.
template <size_t PASSWORD>
Result<Hash, Error> key_by_password(const Context& context, const Params& params,
                                    const Address& account) {
    TRY(const auto password, params.required(PASSWORD, jsonrpc::decode_text));
    auto key = keys(context).secret(account, password);
    if (!key) {
        return Err(server_error(key.error()));
    }
    return *key;
}

Answer write_address(const Result<Address, std::string>& made, Writer& out) {
    if (!made) {
        return Err(server_error(made.error()));
    }
    out.data(*made);
    return {};
}

Answer personal_new_account(Context& context, const Params& params, Writer& out) {
    TRY(const auto password, params.required(0, jsonrpc::decode_text));
    return write_address(keys(context).create(password), out);
}

Answer personal_import_raw_key(Context& context, const Params& params, Writer& out) {
    TRY(const auto text, params.required(0, jsonrpc::decode_text));
    TRY(const auto password, params.required(1, jsonrpc::decode_text));
    const auto secret = fixed_from_hex<32>(text);
    if (!secret) {
        return Err(server_error("invalid length or digits, need 64 hex characters"));
    }
    return write_address(keys(context).import(*secret, password), out);
}

Answer personal_unlock_account(Context& context, const Params& params, Writer& out) {
    TRY(const auto account, params.required(0, jsonrpc::decode_address));
    TRY(const auto password, params.required(1, jsonrpc::decode_text));
    TRY(const auto seconds, params.optional(2, decode_seconds));
    if (!context.options.unlocked_accounts) {
        return Err(server_error(
            "account unlock with HTTP access is forbidden: start with --allow-insecure-unlock, "
            "or unlock over the local socket"));
    }
    const auto unlocked =
        keys(context).unlock(account, password, seconds.value_or(UNLOCK_SECONDS_DEFAULT));
    if (!unlocked) {
        return Err(server_error(unlocked.error()));
    }
    out.boolean(true);
    return {};
}

Answer personal_lock_account(Context& context, const Params& params, Writer& out) {
    TRY(const auto account, params.required(0, jsonrpc::decode_address));
    keys(context).lock(account);
    out.boolean(true);
    return {};
}

Answer personal_sign(Context& context, const Params& params, Writer& out) {
    TRY(const auto message, params.required(0, jsonrpc::decode_data));
    TRY(const auto account, params.required(1, jsonrpc::decode_address));
    TRY(const auto key, key_by_password<2>(context, params, account));
    TRY(const auto signature, sign_message(message, key));
    out.data(signature);
    return {};
}

Answer personal_ec_recover(Context&, const Params& params, Writer& out) {
    TRY(const auto message, params.required(0, jsonrpc::decode_data));
    TRY(const auto bytes, params.required(1, jsonrpc::decode_data));
    if (bytes.size() != SIGNATURE_SIZE) {
        return Err(server_error("signature must be 65 bytes long"));
    }
    crypto::EncodedSignature encoded;
    std::copy(bytes.begin(), bytes.end(), encoded.data());
    uint8_t& v = encoded[SIGNATURE_SIZE - 1];
    if (v != 27 && v != 28) {
        return Err(server_error("invalid Ethereum signature (V is not 27 or 28)"));
    }
    v = static_cast<uint8_t>(v - 27);
    const auto signature = crypto::decode_signature(encoded);
    const auto signer =
        signature ? crypto::recover(personal_message_hash(message), *signature) : std::nullopt;
    if (!signer) {
        return Err(server_error("invalid signature"));
    }
    out.data(crypto::address_of(*signer));
    return {};
}

Answer personal_sign_transaction(Context& context, const Params& params, Writer& out) {
    return sign_transaction(context, params, key_by_password<1>, out);
}

void personal_send_transaction(Context& context, const Params& params, Reply reply) {
    send_transaction(context, params, key_by_password<1>, std::move(reply));
}

}  // namespace

void add_personal_methods(std::vector<Method>& out) {
    // Opening or making a file costs a second and up to 256 MB: all but two are slow.
    const Method methods[] = {
        {.name = "personal_listAccounts", .sync = list_accounts, .slow = true},
        {.name = "personal_listWallets", .sync = personal_list_wallets, .slow = true},
        {.name = "personal_newAccount",
         .params_max = 1,
         .sync = personal_new_account,
         .slow = true},
        {.name = "personal_importRawKey",
         .params_max = 2,
         .sync = personal_import_raw_key,
         .slow = true},
        {.name = "personal_unlockAccount",
         .params_max = 3,
         .sync = personal_unlock_account,
         .slow = true},
        {.name = "personal_lockAccount", .params_max = 1, .sync = personal_lock_account},
        {.name = "personal_sign", .params_max = 3, .sync = personal_sign, .slow = true},
        {.name = "personal_ecRecover", .params_max = 2, .sync = personal_ec_recover},
        {.name = "personal_signTransaction",
         .params_max = 2,
         .sync = personal_sign_transaction,
         .slow = true},
        {.name = "personal_sendTransaction",
         .params_max = 2,
         .async = personal_send_transaction,
         .slow = true},
        {.name = "personal_signAndSendTransaction",
         .params_max = 2,
         .async = personal_send_transaction,
         .slow = true},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
