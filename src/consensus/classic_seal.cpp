#include <otento/consensus/classic_seal.hpp>

#include <otento/base/rlp.hpp>

#include <fmt/core.h>

namespace otento::consensus {
namespace {

constexpr size_t VANITY_BYTES = 32;
constexpr size_t ID_DIGITS_MAX = 16;

std::optional<uint64_t> parse_raft_id(BytesView digits) noexcept {
    if (digits.empty() || digits.size() > ID_DIGITS_MAX || digits[0] == '0') {
        return std::nullopt;
    }
    uint64_t out = 0;
    for (const uint8_t c : digits) {
        if (c >= '0' && c <= '9') {
            out = out << 4 | static_cast<uint64_t>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            out = out << 4 | static_cast<uint64_t>(c - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return out;
}

}  // namespace

std::string_view to_string(ClassicSealError error) noexcept {
    switch (error) {
        case ClassicSealError::absent:
            return "no seal (blocks of GoQuorum before 2.2.0 have none)";
        case ClassicSealError::malformed:
            return "extraData is not a seal";
    }
    return "unknown seal error";
}

Result<ClassicSeal, ClassicSealError> parse_classic_seal(BytesView extra_data) {
    if (extra_data.size() <= VANITY_BYTES) {
        return Err(ClassicSealError::absent);
    }
    rlp::Reader outer(extra_data.subspan(VANITY_BYTES));
    auto items = outer.read_list();
    if (!items || !outer.at_end()) {
        return Err(ClassicSealError::malformed);
    }
    const auto digits = items->read_string();
    const auto raft_id = digits ? parse_raft_id(*digits) : std::nullopt;
    if (!raft_id) {
        return Err(ClassicSealError::malformed);
    }
    const auto encoded = items->read_fixed<crypto::EncodedSignature::SIZE>();
    const auto signature = encoded ? crypto::decode_signature(*encoded) : std::nullopt;
    if (!signature || !items->at_end()) {
        return Err(ClassicSealError::malformed);
    }
    return ClassicSeal{.raft_id = *raft_id, .signature = *signature};
}

Hash classic_seal_hash(types::Header header, const types::Bloom& bloom) {
    header.ommers_hash = Hash{};
    header.transactions_root = Hash{};
    header.receipts_root = Hash{};
    header.logs_bloom = bloom;
    header.extra_data.clear();
    return types::header_hash(header);
}

ClassicSigners recover_classic_signers(const types::Header& header, const ClassicSeal& seal) {
    ClassicSigners out;
    out.full_bloom = crypto::recover(classic_seal_hash(header, header.logs_bloom), seal.signature);
    out.zero_bloom = header.logs_bloom.is_zero()
                         ? out.full_bloom
                         : crypto::recover(classic_seal_hash(header, {}), seal.signature);
    return out;
}

void seal_classic_header(types::Header& header, uint64_t raft_id, const Hash& node_secret_key,
                         bool zero_bloom) {
    const auto signature =
        crypto::sign(classic_seal_hash(header, zero_bloom ? types::Bloom{} : header.logs_bloom),
                     node_secret_key);
    ASSERT(signature.has_value());  // The node key was checked when it was loaded.
    rlp::Writer out;
    out.begin_list();
    out.string(bytes_of(fmt::format("{:x}", raft_id)))
        .string(crypto::encode_signature(*signature))
        .end_list();
    header.extra_data.assign(VANITY_BYTES, 0);
    append(header.extra_data, out.view());
}

}  // namespace otento::consensus
