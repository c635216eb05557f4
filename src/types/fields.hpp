// Reads the fields of an RLP list in order and remembers the first thing that is wrong with them,
// so that a decoder is a plain list of its fields with one check at the end.
#pragma once

#include <otento/base/rlp.hpp>

#include <optional>

namespace otento::types {

/// After a failure every read gives zeros and at_end() is true, hence loops over a list stop.
class Fields {
  public:
    /// @param error  Shared by a list and those inside it; outlives them.
    Fields(rlp::Reader reader, std::optional<rlp::Error>& error) noexcept
        : reader_(reader), error_(&error) {}

    /// The fields of the one list that `in` consists of.
    [[nodiscard]] static Fields of_item(BytesView in, std::optional<rlp::Error>& error) {
        rlp::Reader outer(in);
        Fields fields(rlp::Reader({}), error);
        fields.reader_ = fields.take(outer.read_list(), rlp::Reader({}));
        if (!error && !outer.at_end()) {
            error = rlp::Error::trailing_bytes;
        }
        return fields;
    }

    [[nodiscard]] bool at_end() const noexcept { return error_->has_value() || reader_.at_end(); }
    [[nodiscard]] uint64_t u64() { return take(reader_.read_uint64(), uint64_t{}); }
    [[nodiscard]] uint256 u256() { return take(reader_.read_uint256(), uint256{}); }
    [[nodiscard]] BytesView string() { return take(reader_.read_string(), BytesView{}); }
    [[nodiscard]] Bytes bytes() { return to_bytes(string()); }
    /// The next item with its header.
    [[nodiscard]] BytesView raw() { return take(reader_.read_raw(), BytesView{}); }
    template <size_t N>
    [[nodiscard]] FixedBytes<N> fixed() {
        return take(reader_.read_fixed<N>(), FixedBytes<N>{});
    }
    /// N bytes, or absent where the string is empty.
    template <size_t N>
    [[nodiscard]] std::optional<FixedBytes<N>> optional_fixed() {
        const BytesView view = string();
        if (view.empty()) {
            return std::nullopt;
        }
        if (view.size() != N) {
            fail(rlp::Error::unexpected_length);
            return std::nullopt;
        }
        return FixedBytes<N>::from(view);
    }
    [[nodiscard]] Fields list() { return {take(reader_.read_list(), rlp::Reader({})), *error_}; }

    /// How many items are left, whatever they are.
    [[nodiscard]] size_t count() const {
        size_t out = 0;
        for (Fields rest = *this; !rest.at_end(); ++out) {
            (void)rest.raw();
        }
        return out;
    }
    /// Size of what is left, in bytes.
    [[nodiscard]] size_t size_bytes() const noexcept { return reader_.rest().size(); }

    /// Says that this list must have no more items.
    void finish() {
        if (!error_->has_value() && !reader_.at_end()) {
            fail(rlp::Error::trailing_bytes);
        }
    }
    void fail(rlp::Error error) noexcept {
        if (!error_->has_value()) {
            *error_ = error;
        }
    }

  private:
    template <typename T>
    T take(Result<T, rlp::Error> read, T otherwise) {
        if (error_->has_value()) {
            return otherwise;
        }
        if (!read) {
            fail(read.error());
            return otherwise;
        }
        return *std::move(read);
    }

    rlp::Reader reader_;
    std::optional<rlp::Error>* error_;
};

}  // namespace otento::types
