// A node's place in a trie: the nibbles from the root to it. Nodes are stored under it.
#pragma once

#include <otento/base/bytes.hpp>

namespace otento::trie {

/// Nibbles of a key of 32 bytes; the longest path is to a leaf without a rest.
inline constexpr size_t PATH_LENGTH_MAX = 64;

/// Nibble `i` of packed big-endian nibbles.
[[nodiscard]] inline uint8_t nibble_at(const uint8_t* packed, size_t i) noexcept {
    return (i & 1) == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15;
}

/// Up to 64 nibbles, packed two to a byte; unused ones are zero.
struct Path {
    Hash packed;
    uint8_t length = 0;

    [[nodiscard]] uint8_t operator[](size_t i) const noexcept {
        return nibble_at(packed.data(), i);
    }

    void push(uint8_t nibble) noexcept {
        ASSERT(length < PATH_LENGTH_MAX);
        uint8_t& byte = packed[length / 2];
        byte = static_cast<uint8_t>((length & 1) == 0 ? nibble << 4 : byte | nibble);
        ++length;
    }
    void pop() noexcept {
        ASSERT(length > 0);
        --length;
        uint8_t& byte = packed[length / 2];
        byte = (length & 1) == 0 ? 0 : byte & 0xf0;
    }
    void truncate(size_t size) noexcept {
        while (length > size) {
            pop();
        }
    }

    /// The first `size` nibbles of a key.
    [[nodiscard]] static Path prefix_of(const Hash& key, size_t size) noexcept {
        Path out;
        out.length = static_cast<uint8_t>(size);
        std::memcpy(out.packed.data(), key.data(), (size + 1) / 2);
        if ((size & 1) != 0) {
            out.packed[size / 2] &= 0xf0;
        }
        return out;
    }

    /// Storage key: a byte for each nibble, so that nodes sort as a walk from the root meets them.
    /// Paths are short; packing would save little.
    struct Encoded {
        uint8_t bytes[PATH_LENGTH_MAX];
        size_t size;
        operator BytesView() const noexcept { return {bytes, size}; }
    };
    [[nodiscard]] Encoded encode() const noexcept {
        Encoded out;
        out.size = length;
        for (size_t i = 0; i < length; ++i) {
            out.bytes[i] = (*this)[i];
        }
        return out;
    }

    friend bool operator==(const Path&, const Path&) noexcept = default;
};

/// Number of equal leading nibbles of two keys, counted from nibble `from` (not included in the
/// result's start: the result is an absolute position).
[[nodiscard]] inline size_t common_prefix(const Hash& a, const Hash& b, size_t from,
                                          size_t limit) noexcept {
    size_t i = from;
    while (i < limit && nibble_at(a.data(), i) == nibble_at(b.data(), i)) {
        ++i;
    }
    return i;
}

}  // namespace otento::trie
