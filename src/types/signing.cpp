// Hashes, signatures and senders of transactions.
#include <otento/types/transaction.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/types/transaction_encoding.hpp>

namespace otento::types {
namespace {

constexpr uint8_t AUTHORIZATION_MAGIC = 0x05;  // EIP-7702 MAGIC

Hash authorization_hash(const Authorization& authorization) {
    rlp::Writer out;
    out.raw({&AUTHORIZATION_MAGIC, 1}).begin_list().uint(authorization.chain_id);
    out.string(authorization.address).uint(authorization.nonce).end_list();
    return crypto::keccak256(out.view());
}

/// Hashes of many encodings, in lanes.
std::vector<Hash> hash_many(std::span<const Transaction* const> txs, Purpose purpose) {
    std::vector<Bytes> encoded;
    std::vector<BytesView> views;
    encoded.reserve(txs.size());
    views.reserve(txs.size());
    for (const Transaction* tx : txs) {
        views.emplace_back(encoded.emplace_back(encode_for(*tx, purpose)));
    }
    std::vector<Hash> out(txs.size());
    crypto::keccak256_many(views.data(), views.size(), out.data());
    return out;
}

std::optional<Address> recover_address(const Hash& hash, const crypto::Signature& signature) {
    const auto key = crypto::recover(hash, signature);
    if (!key) {
        return std::nullopt;
    }
    return crypto::address_of(*key);
}

}  // namespace

Hash transaction_hash(const Transaction& tx) {
    return crypto::keccak256(encode_for(tx, Purpose::canonical));
}

Hash signing_hash(const Transaction& tx) {
    return crypto::keccak256(encode_for(tx, Purpose::signing));
}

std::optional<Address> recover_sender(const Transaction& tx, bool require_low_s) {
    if (require_low_s && tx.s > crypto::SECP256K1_N_HALF) {
        return std::nullopt;
    }
    return recover_address(signing_hash(tx), {.r = tx.r, .s = tx.s, .y_parity = tx.y_parity});
}

std::vector<Hash> transaction_hashes(std::span<const Transaction* const> txs) {
    return hash_many(txs, Purpose::canonical);
}

std::vector<std::optional<Address>> recover_senders(std::span<const Transaction* const> txs,
                                                    bool require_low_s) {
    const std::vector<Hash> hashes = hash_many(txs, Purpose::signing);
    std::vector<crypto::SignedHash> in(txs.size());
    for (size_t i = 0; i < txs.size(); ++i) {
        const Transaction& tx = *txs[i];
        in[i] = {hashes[i], {.r = tx.r, .s = tx.s, .y_parity = tx.y_parity}};
    }
    std::vector<std::optional<crypto::PublicKey>> keys(txs.size());
    crypto::recover_many(in, keys.data());
    std::vector<BytesView> views(txs.size());
    for (size_t i = 0; i < txs.size(); ++i) {
        views[i] = keys[i] ? BytesView{*keys[i]} : BytesView{};
    }
    std::vector<Hash> key_hashes(txs.size());
    crypto::keccak256_many(views.data(), views.size(), key_hashes.data());
    std::vector<std::optional<Address>> out(txs.size());
    for (size_t i = 0; i < txs.size(); ++i) {
        if (keys[i] && !(require_low_s && txs[i]->s > crypto::SECP256K1_N_HALF)) {
            out[i] = Address::right_aligned(key_hashes[i]);
        }
    }
    return out;
}

std::optional<Address> recover_authority(const Authorization& authorization) {
    if (authorization.y_parity > 1 || authorization.s > crypto::SECP256K1_N_HALF) {
        return std::nullopt;
    }
    return recover_address(
        authorization_hash(authorization),
        {.r = authorization.r, .s = authorization.s, .y_parity = authorization.y_parity == 1});
}

bool sign(Transaction& tx, const Hash& secret_key) {
    const auto signature = crypto::sign(signing_hash(tx), secret_key);
    if (!signature) {
        return false;
    }
    tx.r = signature->r;
    tx.s = signature->s;
    tx.y_parity = signature->y_parity;
    return true;
}

}  // namespace otento::types
