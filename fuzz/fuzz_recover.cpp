// Recovery of many signatures in vector lanes must give what libsecp256k1 gives one by one.
//
// Input: pieces of 98 bytes: kind, hash, r, s, parity. By its kind a piece is taken as it is, or its
// r becomes the x of a small multiple of the base point, so that sums meet equal and opposite points.
#include <otento/crypto/secp256k1.hpp>

#include <cstdlib>
#include <vector>

namespace {

using namespace otento;
using namespace otento::crypto;

constexpr size_t PIECE_SIZE = 98;
constexpr size_t PIECES_MAX = 80;  // More than are handled in one go.

uint256 number(BytesView piece, size_t at) {
    return uint256::load_be32(piece.data() + at);
}

SignedHash read(BytesView piece) {
    SignedHash out{Hash::from(piece.subspan(1, 32)),
                   {number(piece, 33), number(piece, 65), (piece[97] & 1) != 0}};
    if (piece[0] % 4 == 0) {
        return out;
    }
    const uint256 factor = piece[0] % 4 == 1 ? uint256{piece[33]} : number(piece, 33) >> 128;
    const auto point = public_key(factor.to_be());
    if (!point) {
        return out;
    }
    out.signature.r = uint256::load_be32(point->data());
    if (piece[0] % 4 == 3) {
        out.signature.s = out.signature.s >> 248;
        out.hash = (out.signature.s * factor).to_be();  // The sum is infinity, or a double.
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::vector<SignedHash> in;
    for (size_t at = 0; at + PIECE_SIZE <= size && in.size() < PIECES_MAX; at += PIECE_SIZE) {
        in.push_back(read({data + at, PIECE_SIZE}));
    }
    std::vector<std::optional<PublicKey>> out(in.size());
    recover_many(in, out.data());
    for (size_t i = 0; i < in.size(); ++i) {
        if (out[i] != recover(in[i].hash, in[i].signature)) {
            std::abort();
        }
    }
    return 0;
}
