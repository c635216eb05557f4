// Byte strings, views and fixed-size byte values (hashes, addresses), with big-endian helpers.
#pragma once

#include <otento/base/assert.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace otento {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

/// N bytes with value semantics; all zero by default. Ordered like the byte string.
template <size_t N>
struct FixedBytes {
    static constexpr size_t SIZE = N;
    std::array<uint8_t, N> bytes{};

    /// @param view  Exactly N bytes.
    [[nodiscard]] static FixedBytes from(BytesView view) noexcept {
        ASSERT(view.size() == N);
        FixedBytes out;
        std::memcpy(out.bytes.data(), view.data(), N);
        return out;
    }

    /// The last N bytes of `view`, left-padded with zeros where it is shorter.
    [[nodiscard]] static FixedBytes right_aligned(BytesView view) noexcept {
        FixedBytes out;
        const size_t n = std::min(N, view.size());
        if (n != 0) {
            std::memcpy(out.bytes.data() + (N - n), view.data() + (view.size() - n), n);
        }
        return out;
    }

    [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == FixedBytes{}; }
    [[nodiscard]] constexpr uint8_t* data() noexcept { return bytes.data(); }
    [[nodiscard]] constexpr const uint8_t* data() const noexcept { return bytes.data(); }
    [[nodiscard]] static constexpr size_t size() noexcept { return N; }
    [[nodiscard]] constexpr uint8_t& operator[](size_t i) noexcept { return bytes[i]; }
    [[nodiscard]] constexpr uint8_t operator[](size_t i) const noexcept { return bytes[i]; }
    [[nodiscard]] constexpr auto begin() const noexcept { return bytes.begin(); }
    [[nodiscard]] constexpr auto end() const noexcept { return bytes.end(); }
    operator BytesView() const noexcept { return BytesView{bytes}; }

    friend constexpr bool operator==(const FixedBytes& a, const FixedBytes& b) noexcept {
        // By words where std::array would call memcmp.
        if constexpr (N >= 8 && N <= 64) {
            if (!std::is_constant_evaluated()) {
                return a.difference(b, std::make_index_sequence<N / 8>{}) == 0;
            }
        }
        return a.bytes == b.bytes;
    }
    friend constexpr auto operator<=>(const FixedBytes&, const FixedBytes&) noexcept = default;

  private:
    [[nodiscard]] uint64_t word(size_t at) const noexcept {
        uint64_t out = 0;
        std::memcpy(&out, bytes.data() + at, sizeof out);
        return out;
    }
    /// Not 0 if there is one; the last words may overlap.
    template <size_t... I>
    [[nodiscard]] uint64_t difference(const FixedBytes& other,
                                      std::index_sequence<I...>) const noexcept {
        return ((word(8 * I) ^ other.word(8 * I)) | ...) | (word(N - 8) ^ other.word(N - 8));
    }
};

using Hash = FixedBytes<32>;     ///< Keccak-256 hash or any 32-byte word (storage keys and values).
using Address = FixedBytes<20>;  ///< Account address.

/// Hash functor for unordered containers. The content is a hash or attacker-chosen address, so mix
/// it.
template <size_t N>
struct FixedBytesHash {
    [[nodiscard]] size_t operator()(const FixedBytes<N>& value) const noexcept {
        uint64_t h = 0x9e3779b97f4a7c15ULL;
        size_t i = 0;
        for (; i + 8 <= N; i += 8) {
            uint64_t word = 0;
            std::memcpy(&word, value.bytes.data() + i, 8);
            h = (h ^ word) * 0xff51afd7ed558ccdULL;
            h ^= h >> 32;
        }
        if (i < N) {
            uint64_t word = 0;
            std::memcpy(&word, value.bytes.data() + i, N - i);
            h = (h ^ word) * 0xff51afd7ed558ccdULL;
            h ^= h >> 32;
        }
        return static_cast<size_t>(h);
    }
};

[[nodiscard]] inline bool equal(BytesView a, BytesView b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

inline void append(Bytes& out, BytesView view) {
    out.insert(out.end(), view.begin(), view.end());
}

[[nodiscard]] inline Bytes to_bytes(BytesView view) {
    return Bytes(view.begin(), view.end());
}

/// The characters of `text` as bytes, not copied.
[[nodiscard]] inline BytesView bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

[[nodiscard]] inline std::string_view as_text(BytesView view) noexcept {
    return {reinterpret_cast<const char*>(view.data()), view.size()};
}

/// Big-endian store and load of an unsigned integer; `out`/`in` has sizeof(T) bytes.
template <std::unsigned_integral T>
void store_be(uint8_t* out, T value) noexcept {
    const T big = std::endian::native == std::endian::big ? value : std::byteswap(value);
    std::memcpy(out, &big, sizeof big);
}

template <std::unsigned_integral T>
[[nodiscard]] T load_be(const uint8_t* in) noexcept {
    T big = 0;
    std::memcpy(&big, in, sizeof big);
    return std::endian::native == std::endian::big ? big : std::byteswap(big);
}

template <typename T>
void append_be(Bytes& out, T value) {
    const size_t at = out.size();
    out.resize(at + sizeof(T));
    store_be(out.data() + at, value);
}

}  // namespace otento

template <size_t N>
struct std::hash<otento::FixedBytes<N>> : otento::FixedBytesHash<N> {};
