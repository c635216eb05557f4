// Unchecked RLP and hex-prefix writers for hot loops over nodes; base/rlp.hpp is for everything
// else.
#pragma once

#include <otento/trie/path.hpp>

namespace otento::trie {

/// Bytes of a string item (Yellow Paper appendix B, Rb).
[[nodiscard]] inline size_t rlp_string_size(BytesView view) noexcept {
    if (view.size() == 1 && view[0] < 0x80) {
        return 1;
    }
    size_t header = 1;
    if (view.size() > 55) {
        for (size_t n = view.size(); n != 0; n >>= 8) {
            ++header;
        }
    }
    return header + view.size();
}

/// Header of a string (offset 0x80) or a list (0xc0) of `size` bytes.
inline void rlp_write_header(Bytes& out, size_t size, uint8_t offset) {
    if (size <= 55) {
        out.push_back(static_cast<uint8_t>(offset + size));
        return;
    }
    uint8_t be[8];
    store_be<uint64_t>(be, size);
    const auto zeros = static_cast<size_t>(__builtin_clzll(size)) / 8;
    out.push_back(static_cast<uint8_t>(offset + 55 + (8 - zeros)));
    out.insert(out.end(), be + zeros, be + 8);
}

inline void rlp_write_string(Bytes& out, BytesView view) {
    if (view.size() == 1 && view[0] < 0x80) {
        out.push_back(view[0]);
        return;
    }
    rlp_write_header(out, view.size(), 0x80);
    out.insert(out.end(), view.begin(), view.end());
}

/// Hex-prefix encoding of the nibbles [from, to) of `packed` (Yellow Paper appendix C): 33 bytes at
/// most for keys of 32, returned as size written to `out`.
[[nodiscard]] inline size_t hex_prefix(const uint8_t* packed, size_t from, size_t to, bool leaf,
                                       uint8_t* out) noexcept {
    const size_t count = to - from;
    const bool odd = (count & 1) != 0;
    out[0] = static_cast<uint8_t>((leaf ? 0x20 : 0) | (odd ? 0x10 : 0));
    size_t i = from;
    if (odd) {
        out[0] = static_cast<uint8_t>(out[0] | nibble_at(packed, i++));
    }
    size_t size = 1;
    if ((i & 1) == 0) {
        std::memcpy(out + 1, packed + i / 2, (to - i) / 2);
        return 1 + (to - i) / 2;
    }
    for (; i < to; i += 2) {
        out[size++] = static_cast<uint8_t>((nibble_at(packed, i) << 4) | nibble_at(packed, i + 1));
    }
    return size;
}

}  // namespace otento::trie
