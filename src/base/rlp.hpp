// Recursive Length Prefix, Yellow Paper appendix B. Decoding is strict: only canonical encodings
// pass.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/base/uint256.hpp>

#include <string_view>

namespace otento::rlp {

enum class Error {
    input_too_short,     ///< The item's length exceeds the input.
    non_canonical_size,  ///< Length with leading zeros, or a long form where the short one fits.
    unexpected_list,     ///< A list where a string was expected.
    unexpected_string,   ///< A string where a list was expected.
    leading_zero,        ///< Integer with leading zero bytes.
    overflow,            ///< Integer wider than its type.
    unexpected_length,   ///< String of a length other than the fixed one.
    trailing_bytes,      ///< Input continues after the last item.
};

[[nodiscard]] std::string_view to_string(Error error) noexcept;

/// Appends items to a buffer. Lists nest by begin_list/end_list; their header is put in at the end.
class Writer {
  public:
    Writer() = default;

    Writer& string(BytesView view);
    Writer& uint(uint64_t value);
    Writer& uint(const uint256& value);
    /// An item that is already encoded.
    Writer& raw(BytesView encoded);
    Writer& begin_list();
    Writer& end_list();

    /// The encoded bytes; all lists must be closed.
    [[nodiscard]] Bytes take();
    [[nodiscard]] BytesView view() const noexcept { return out_; }

  private:
    Bytes out_;
    std::vector<size_t> open_;
};

/// Reads items of one payload in order.
class Reader {
  public:
    explicit Reader(BytesView payload) noexcept : rest_(payload) {}

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    /// True if the next item is a list; false at the end.
    [[nodiscard]] bool next_is_list() const noexcept { return !rest_.empty() && rest_[0] >= 0xc0; }
    /// What has not been read yet.
    [[nodiscard]] BytesView rest() const noexcept { return rest_; }

    [[nodiscard]] Result<BytesView, Error> read_string();
    [[nodiscard]] Result<Reader, Error> read_list();
    /// The next item with its header, whatever it is.
    [[nodiscard]] Result<BytesView, Error> read_raw();
    [[nodiscard]] Result<uint64_t, Error> read_uint64();
    [[nodiscard]] Result<uint256, Error> read_uint256();
    template <size_t N>
    [[nodiscard]] Result<FixedBytes<N>, Error> read_fixed() {
        TRY(const BytesView view, read_string());
        if (view.size() != N) {
            return Err(Error::unexpected_length);
        }
        return FixedBytes<N>::from(view);
    }
    /// trailing_bytes unless everything was read.
    [[nodiscard]] Result<void, Error> finish() const;

  private:
    struct Item {
        size_t header;
        size_t payload;
        bool list;
    };
    [[nodiscard]] Result<Item, Error> next() const;

    BytesView rest_;
};

/// Encoded size of a string item.
[[nodiscard]] size_t string_size(BytesView view) noexcept;
/// Encoded size of a list or long string header for a payload of `payload` bytes.
[[nodiscard]] size_t header_size(size_t payload) noexcept;

}  // namespace otento::rlp
