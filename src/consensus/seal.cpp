#include <otento/consensus/seal.hpp>

#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>

namespace otento::consensus {
namespace {

constexpr uint64_t VERSION = 1;
constexpr uint64_t NS_PER_SECOND = 1'000'000'000;

struct SealParts {
    Seal seal;
    crypto::Signature signature;
};

void write_content(rlp::Writer& out, const Seal& seal) {
    out.uint(VERSION).uint(seal.raft_id).uint(seal.term).uint(seal.timestamp_ns);
}

Hash signed_hash(types::Header header, const Seal& seal) {
    rlp::Writer content;
    content.begin_list();
    write_content(content, seal);
    header.extra_data = content.end_list().take();
    return types::header_hash(header);
}

Result<SealParts, rlp::Error> parse(BytesView extra_data) {
    rlp::Reader outer(extra_data);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    TRY(const uint64_t version, items.read_uint64());
    if (version != VERSION) {
        return Err(rlp::Error::overflow);
    }
    SealParts out;
    TRY(out.seal.raft_id, items.read_uint64());
    TRY(out.seal.term, items.read_uint64());
    TRY(out.seal.timestamp_ns, items.read_uint64());
    TRY(const crypto::EncodedSignature encoded, items.read_fixed<crypto::EncodedSignature::SIZE>());
    TRY_VOID(items.finish());
    const auto signature = crypto::decode_signature(encoded);
    if (!signature) {
        return Err(rlp::Error::overflow);
    }
    out.signature = *signature;
    return out;
}

}  // namespace

std::string_view to_string(SealError error) noexcept {
    switch (error) {
        case SealError::malformed:
            return "extraData is not an otento seal";
        case SealError::bad_signature:
            return "the seal's signature recovers no key";
        case SealError::wrong_second:
            return "the header's timestamp differs from its seal";
    }
    return "unknown seal error";
}

void seal_header(types::Header& header, const Seal& seal, const Hash& node_secret_key) {
    header.timestamp = seal.timestamp_ns / NS_PER_SECOND;
    const auto signature = crypto::sign(signed_hash(header, seal), node_secret_key);
    ASSERT(signature.has_value());  // The node key was checked when it was loaded.
    rlp::Writer out;
    out.begin_list();
    write_content(out, seal);
    header.extra_data = out.string(crypto::encode_signature(*signature)).end_list().take();
}

std::optional<Seal> read_seal(const types::Header& header) noexcept {
    const auto parts = parse(header.extra_data);
    if (!parts) {
        return std::nullopt;
    }
    return parts->seal;
}

Result<VerifiedSeal, SealError> verify_seal(const types::Header& header) {
    const auto parts = parse(header.extra_data);
    if (!parts) {
        return Err(SealError::malformed);
    }
    if (header.timestamp != parts->seal.timestamp_ns / NS_PER_SECOND) {
        return Err(SealError::wrong_second);
    }
    const auto signer = crypto::recover(signed_hash(header, parts->seal), parts->signature);
    if (!signer) {
        return Err(SealError::bad_signature);
    }
    return VerifiedSeal{.seal = parts->seal, .signer = *signer};
}

}  // namespace otento::consensus
