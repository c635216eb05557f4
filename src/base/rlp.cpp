#include <otento/base/rlp.hpp>

namespace otento::rlp {
namespace {

constexpr uint8_t STRING_OFFSET = 0x80;
constexpr uint8_t LIST_OFFSET = 0xc0;
constexpr size_t SHORT_SIZE_MAX = 55;

size_t size_bytes(size_t value) noexcept {
    size_t n = 0;
    for (; value != 0; value >>= 8) {
        ++n;
    }
    return n;
}

/// Writes the header of a payload into `out` (9 bytes at most); returns its size.
size_t make_header(uint8_t* out, uint8_t offset, size_t payload) noexcept {
    if (payload <= SHORT_SIZE_MAX) {
        out[0] = static_cast<uint8_t>(offset + payload);
        return 1;
    }
    const size_t n = size_bytes(payload);
    out[0] = static_cast<uint8_t>(offset + SHORT_SIZE_MAX + n);
    for (size_t i = 0; i < n; ++i) {
        out[n - i] = static_cast<uint8_t>(payload >> (8 * i));
    }
    return n + 1;
}

}  // namespace

std::string_view to_string(Error error) noexcept {
    switch (error) {
        case Error::input_too_short:
            return "rlp: input too short";
        case Error::non_canonical_size:
            return "rlp: non-canonical size information";
        case Error::unexpected_list:
            return "rlp: expected a string, got a list";
        case Error::unexpected_string:
            return "rlp: expected a list, got a string";
        case Error::leading_zero:
            return "rlp: integer with leading zeros";
        case Error::overflow:
            return "rlp: integer too large";
        case Error::unexpected_length:
            return "rlp: string of unexpected length";
        case Error::trailing_bytes:
            return "rlp: trailing bytes";
    }
    return "rlp: unknown error";
}

size_t header_size(size_t payload) noexcept {
    return payload <= SHORT_SIZE_MAX ? 1 : 1 + size_bytes(payload);
}

size_t string_size(BytesView view) noexcept {
    return view.size() == 1 && view[0] < STRING_OFFSET ? 1 : header_size(view.size()) + view.size();
}

Writer& Writer::string(BytesView view) {
    if (view.size() == 1 && view[0] < STRING_OFFSET) {
        out_.push_back(view[0]);
        return *this;
    }
    uint8_t header[9];
    const size_t n = make_header(header, STRING_OFFSET, view.size());
    append(out_, {header, n});
    append(out_, view);
    return *this;
}

Writer& Writer::uint(uint64_t value) {
    uint8_t be[8];
    store_be(be, value);
    const size_t skip = 8 - size_bytes(value);
    return string({be + skip, 8 - skip});
}

Writer& Writer::uint(const uint256& value) {
    const Hash be = value.to_be();
    size_t skip = 0;
    while (skip < 32 && be[skip] == 0) {
        ++skip;
    }
    return string({be.data() + skip, 32 - skip});
}

Writer& Writer::raw(BytesView encoded) {
    append(out_, encoded);
    return *this;
}

Writer& Writer::begin_list() {
    open_.push_back(out_.size());
    return *this;
}

Writer& Writer::end_list() {
    ASSERT(!open_.empty());
    const size_t start = open_.back();
    open_.pop_back();
    uint8_t header[9];
    const size_t n = make_header(header, LIST_OFFSET, out_.size() - start);
    out_.insert(out_.begin() + static_cast<ptrdiff_t>(start), header, header + n);
    return *this;
}

Bytes Writer::take() {
    ASSERT(open_.empty());
    return std::move(out_);
}

Result<Reader::Item, Error> Reader::next() const {
    if (rest_.empty()) {
        return Err(Error::input_too_short);
    }
    const uint8_t first = rest_[0];
    if (first < STRING_OFFSET) {
        return Item{.header = 0, .payload = 1, .list = false};
    }
    const bool list = first >= LIST_OFFSET;
    const size_t code = first - (list ? LIST_OFFSET : STRING_OFFSET);
    Item item{.header = 1, .payload = code, .list = list};
    if (code > SHORT_SIZE_MAX) {
        const size_t n = code - SHORT_SIZE_MAX;
        if (rest_.size() < 1 + n) {
            return Err(Error::input_too_short);
        }
        if (rest_[1] == 0) {
            return Err(Error::non_canonical_size);
        }
        size_t size = 0;
        for (size_t i = 0; i < n; ++i) {
            size = (size << 8) | rest_[1 + i];
        }
        if (size <= SHORT_SIZE_MAX) {
            return Err(Error::non_canonical_size);
        }
        item.header = 1 + n;
        item.payload = size;
    }
    if (rest_.size() - item.header < item.payload) {
        return Err(Error::input_too_short);
    }
    if (!list && code == 1 && rest_[1] < STRING_OFFSET) {
        return Err(Error::non_canonical_size);
    }
    return item;
}

Result<BytesView, Error> Reader::read_string() {
    TRY(const Item item, next());
    if (item.list) {
        return Err(Error::unexpected_list);
    }
    const BytesView out = rest_.subspan(item.header, item.payload);
    rest_ = rest_.subspan(item.header + item.payload);
    return out;
}

Result<Reader, Error> Reader::read_list() {
    TRY(const Item item, next());
    if (!item.list) {
        return Err(Error::unexpected_string);
    }
    const Reader out(rest_.subspan(item.header, item.payload));
    rest_ = rest_.subspan(item.header + item.payload);
    return out;
}

Result<BytesView, Error> Reader::read_raw() {
    TRY(const Item item, next());
    const BytesView out = rest_.first(item.header + item.payload);
    rest_ = rest_.subspan(out.size());
    return out;
}

Result<uint64_t, Error> Reader::read_uint64() {
    TRY(const BytesView view, read_string());
    if (view.size() > 8) {
        return Err(view[0] == 0 ? Error::leading_zero : Error::overflow);
    }
    if (!view.empty() && view[0] == 0) {
        return Err(Error::leading_zero);
    }
    uint64_t value = 0;
    for (const uint8_t byte : view) {
        value = (value << 8) | byte;
    }
    return value;
}

Result<uint256, Error> Reader::read_uint256() {
    TRY(const BytesView view, read_string());
    if (!view.empty() && view[0] == 0) {
        return Err(Error::leading_zero);
    }
    if (view.size() > 32) {
        return Err(Error::overflow);
    }
    return uint256::from_be(view);
}

Result<void, Error> Reader::finish() const {
    if (!rest_.empty()) {
        return Err(Error::trailing_bytes);
    }
    return {};
}

}  // namespace otento::rlp
