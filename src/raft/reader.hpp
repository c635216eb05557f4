// Bounded big-endian reader over foreign bytes: once something is missing or out of range it stays
// failed and yields zeros, so that a decoder checks once at the end of each group of fields.
#pragma once

#include <otento/base/bytes.hpp>

namespace otento::raft {

class Reader {
  public:
    explicit Reader(BytesView in) noexcept : rest_(in) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    /// What has not been read; empty after a failure.
    [[nodiscard]] BytesView rest() const noexcept { return rest_; }

    template <typename T>
    [[nodiscard]] T read() noexcept {
        const BytesView bytes = take(sizeof(T));
        return ok_ ? load_be<T>(bytes.data()) : T{0};
    }

    /// Exactly 0 or 1.
    [[nodiscard]] bool read_bool() noexcept {
        const auto byte = read<uint8_t>();
        if (byte > 1) {
            fail();
        }
        return byte == 1;
    }

    /// The next `size` bytes, not copied.
    [[nodiscard]] BytesView take(size_t size) noexcept {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const BytesView taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }

    void fail() noexcept {
        ok_ = false;
        rest_ = {};
    }

  private:
    BytesView rest_;
    bool ok_ = true;
};

}  // namespace otento::raft
