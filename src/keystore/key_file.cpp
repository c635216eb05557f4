#include <otento/keystore/key_file.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/config/json_input.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/keystore/scrypt.hpp>

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <bit>
#include <charconv>
#include <memory>

namespace otento::keystore {
namespace {

using config::JsonInput;

constexpr size_t DERIVED_BYTES = 32;
constexpr size_t DERIVED_BYTES_MAX = 128;
constexpr uint32_t SCRYPT_R = 8;
constexpr uint64_t SCRYPT_MEMORY_MAX = uint64_t{1} << 30;
constexpr uint64_t SCRYPT_PASSES_MAX = 64;
constexpr uint64_t PBKDF2_ROUNDS_MAX = 50'000'000;
constexpr size_t AES_BLOCK_BYTES = 16;

bool same(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (size_t i = 0; i < a.size(); ++i) {
        const char low = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
        if (low != b[i]) {
            return false;
        }
    }
    return true;
}

/// A member by name (lower case), in any case; null if there is none.
const JsonInput* find(const JsonInput* object, std::string_view name) {
    if (object == nullptr || object->kind != JsonInput::Kind::object) {
        return nullptr;
    }
    for (size_t i = 0; i < object->keys.size(); ++i) {
        if (same(object->keys[i], name)) {
            return &object->items[i];
        }
    }
    return nullptr;
}

std::string_view text(const JsonInput* value) {
    return value != nullptr && value->kind == JsonInput::Kind::string ? value->text
                                                                      : std::string_view{};
}

uint64_t number(const JsonInput* value) {
    uint64_t out = 0;
    if (value != nullptr && value->kind == JsonInput::Kind::number) {
        std::from_chars(value->text.data(), value->text.data() + value->text.size(), out);
    }
    return out;
}

/// Hex with or without 0x.
std::optional<Bytes> bytes_at(const JsonInput* value) {
    if (value == nullptr || value->kind != JsonInput::Kind::string) {
        return std::nullopt;
    }
    return from_hex(value->text);
}

Result<Bytes, KeyFileError> derive(const JsonInput& crypto, std::string_view password) {
    const std::string_view kdf = text(find(&crypto, "kdf"));
    const JsonInput* params = find(&crypto, "kdfparams");
    const auto salt = bytes_at(find(params, "salt"));
    const uint64_t size = number(find(params, "dklen"));
    if (!salt || size < DERIVED_BYTES) {
        return Err(KeyFileError::malformed);
    }
    if (size > DERIVED_BYTES_MAX) {
        return Err(KeyFileError::too_expensive);
    }
    Bytes out(size);
    if (kdf == "scrypt") {
        const uint64_t n = number(find(params, "n"));
        const uint64_t r = number(find(params, "r"));
        const uint64_t p = number(find(params, "p"));
        if (n == 0 || r == 0 || p == 0) {
            return Err(KeyFileError::malformed);
        }
        if (n > SCRYPT_MEMORY_MAX || r > SCRYPT_MEMORY_MAX || p > SCRYPT_PASSES_MAX ||
            128 * n * r > SCRYPT_MEMORY_MAX) {
            return Err(KeyFileError::too_expensive);
        }
        if (n == 1 || !std::has_single_bit(n)) {
            return Err(KeyFileError::malformed);
        }
        scrypt(password, *salt, n, static_cast<uint32_t>(r), static_cast<uint32_t>(p), out);
        return out;
    }
    if (kdf == "pbkdf2") {
        if (text(find(params, "prf")) != "hmac-sha256") {
            return Err(KeyFileError::unsupported);
        }
        const uint64_t rounds = number(find(params, "c"));
        if (rounds == 0) {
            return Err(KeyFileError::malformed);
        }
        if (rounds > PBKDF2_ROUNDS_MAX) {
            return Err(KeyFileError::too_expensive);
        }
        pbkdf2(password, *salt, static_cast<uint32_t>(rounds), out);
        return out;
    }
    return Err(KeyFileError::unsupported);
}

/// AES-128-CTR, both ways. `key` and `iv` have 16 bytes.
Bytes crypt(BytesView key, BytesView iv, BytesView in) {
    const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                             EVP_CIPHER_CTX_free);
    Bytes out(in.size());
    int written = 0;
    const bool done =
        context != nullptr &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, key.data(), iv.data()) == 1 &&
        EVP_EncryptUpdate(context.get(), out.data(), &written, in.data(),
                          static_cast<int>(in.size())) == 1;
    ASSERT(done);
    return out;
}

Hash mac_of(BytesView derived, BytesView ciphertext) {
    Bytes content = to_bytes(derived.subspan(16, 16));
    append(content, ciphertext);
    return crypto::keccak256(content);
}

}  // namespace

std::string_view to_string(KeyFileError error) noexcept {
    switch (error) {
        case KeyFileError::malformed:
            return "not a key file of version 3";
        case KeyFileError::unsupported:
            return "the key file's version, cipher or key derivation is not supported";
        case KeyFileError::too_expensive:
            return "the key file asks for more memory or time than a key file may";
        case KeyFileError::wrong_password:
            return "could not decrypt key with given passphrase";
    }
    return "unknown key file error";
}

Result<Address, KeyFileError> key_file_address(std::string_view json) {
    const auto document = config::parse_json(json);
    if (!document) {
        return Err(KeyFileError::malformed);
    }
    const auto address = fixed_from_hex<20>(text(find(&*document, "address")));
    if (!address) {
        return Err(KeyFileError::malformed);
    }
    return *address;
}

Result<Hash, KeyFileError> decrypt_key_file(std::string_view json, std::string_view password) {
    const auto document = config::parse_json(json);
    const JsonInput* crypto = document ? find(&*document, "crypto") : nullptr;
    if (crypto == nullptr) {
        return Err(KeyFileError::malformed);
    }
    if (number(find(&*document, "version")) != 3 || text(find(crypto, "cipher")) != "aes-128-ctr") {
        return Err(KeyFileError::unsupported);
    }
    const auto ciphertext = bytes_at(find(crypto, "ciphertext"));
    const auto iv = bytes_at(find(find(crypto, "cipherparams"), "iv"));
    const auto mac = bytes_at(find(crypto, "mac"));
    if (!ciphertext || ciphertext->empty() || ciphertext->size() > Hash::SIZE || !iv ||
        iv->size() != AES_BLOCK_BYTES || !mac || mac->size() != Hash::SIZE) {
        return Err(KeyFileError::malformed);
    }
    TRY(const Bytes derived, derive(*crypto, password));
    const Hash expected = mac_of(derived, *ciphertext);
    if (CRYPTO_memcmp(expected.data(), mac->data(), Hash::SIZE) != 0) {
        return Err(KeyFileError::wrong_password);
    }
    const Bytes plain = crypt(BytesView{derived}.first(AES_BLOCK_BYTES), *iv, *ciphertext);
    return Hash::right_aligned(plain);
}

std::string encrypt_key_file(const Hash& secret_key, std::string_view password, ScryptCost cost) {
    const auto public_key = crypto::public_key(secret_key);
    ASSERT(public_key.has_value());
    std::array<uint8_t, 32> salt{};
    std::array<uint8_t, AES_BLOCK_BYTES> iv{};
    std::array<uint8_t, 16> id{};
    secure_random(salt);
    secure_random(iv);
    secure_random(id);
    id[6] = static_cast<uint8_t>((id[6] & 0x0f) | 0x40);  // RFC 4122: version 4,
    id[8] = static_cast<uint8_t>((id[8] & 0x3f) | 0x80);  // variant 1.
    Bytes derived(DERIVED_BYTES);
    scrypt(password, salt, cost.n, SCRYPT_R, cost.p, derived);
    const Bytes ciphertext = crypt(BytesView{derived}.first(AES_BLOCK_BYTES), iv, secret_key);
    const std::string uuid = to_hex(BytesView{id});
    return fmt::format(
        "{{\"address\":\"{}\",\"crypto\":{{\"cipher\":\"aes-128-ctr\",\"ciphertext\":\"{}\","
        "\"cipherparams\":{{\"iv\":\"{}\"}},\"kdf\":\"scrypt\",\"kdfparams\":{{\"dklen\":{},"
        "\"n\":{},\"p\":{},\"r\":{},\"salt\":\"{}\"}},\"mac\":\"{}\"}},"
        "\"id\":\"{}-{}-{}-{}-{}\",\"version\":3}}",
        to_hex(crypto::address_of(*public_key)), to_hex(ciphertext), to_hex(BytesView{iv}),
        DERIVED_BYTES, cost.n, cost.p, SCRYPT_R, to_hex(BytesView{salt}),
        to_hex(mac_of(derived, ciphertext)), uuid.substr(0, 8), uuid.substr(8, 4),
        uuid.substr(12, 4), uuid.substr(16, 4), uuid.substr(20));
}

}  // namespace otento::keystore
