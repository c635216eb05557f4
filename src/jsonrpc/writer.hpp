// Append-only JSON writer with the hexadecimal forms of Ethereum. Commas are put by themselves;
// nesting is the caller's business.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/uint256.hpp>

#include <string>
#include <string_view>

namespace otento::jsonrpc {

class Writer {
  public:
    Writer() = default;

    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    /// Key of the next value; written as it is, so it must need no escapes.
    Writer& key(std::string_view name);

    /// Escaped as RFC 8259 asks; bytes that are no UTF-8 become U+FFFD.
    Writer& string(std::string_view text);
    /// `0x` and lower-case digits without leading zeros.
    Writer& quantity(uint64_t value);
    Writer& quantity(const uint256& value);
    /// `0x` and two lower-case digits a byte.
    Writer& data(BytesView bytes);
    /// As data, without prefix.
    Writer& hex(BytesView bytes);
    /// A decimal JSON number.
    Writer& number(uint64_t value);
    /// With up to 16 significant digits; must be finite.
    Writer& number(double value);
    Writer& boolean(bool value);
    Writer& null();
    /// A value that is JSON already.
    Writer& raw(std::string_view json);

    /// `key(name)` and a value.
    Writer& member(std::string_view name, uint64_t value) { return key(name).quantity(value); }
    Writer& member(std::string_view name, const uint256& value) {
        return key(name).quantity(value);
    }
    Writer& member(std::string_view name, BytesView bytes) { return key(name).data(bytes); }

    [[nodiscard]] size_t size() const noexcept { return out_.size(); }
    [[nodiscard]] std::string_view view() const noexcept { return out_; }
    [[nodiscard]] std::string take() { return std::move(out_); }

    /// A place to come back to when what was written after it must not stand.
    struct Mark {
        size_t size;
        bool comma;
    };
    [[nodiscard]] Mark mark() const noexcept { return {out_.size(), comma_}; }
    void rollback(Mark mark) {
        out_.resize(mark.size);
        comma_ = mark.comma;
    }
    void reserve(size_t bytes) { out_.reserve(bytes); }

  private:
    /// Before a value or key.
    void separate() {
        if (comma_) {
            out_.push_back(',');
        }
        comma_ = true;
    }

    std::string out_;
    bool comma_ = false;
};

}  // namespace otento::jsonrpc
