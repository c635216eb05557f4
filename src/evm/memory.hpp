// Byte-addressed memory of one frame: zeroed on growth, kept between frames so that calls do not
// allocate.
#pragma once

#include <otento/base/bytes.hpp>

#include <cstdlib>
#include <utility>

namespace otento::evm {

/// Bytes beyond which a frame is out of gas, whatever gas it was given; the true price is over
/// 2^45.
inline constexpr uint64_t MEMORY_SIZE_MAX = uint64_t{1} << 32;

class Memory {
  public:
    Memory() = default;
    ~Memory() { std::free(data_); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    [[nodiscard]] uint8_t* data() noexcept { return data_; }
    [[nodiscard]] const uint8_t* data() const noexcept { return data_; }
    /// A multiple of 32.
    [[nodiscard]] uint64_t size() const noexcept { return size_; }
    [[nodiscard]] uint64_t capacity() const noexcept { return capacity_; }

    /// Grows to `size` bytes, a multiple of 32 above size(). False if the machine has no memory
    /// left.
    [[nodiscard]] bool grow(uint64_t size) noexcept {
        if (size > capacity_ && !reserve(size)) {
            return false;
        }
        std::memset(data_ + size_, 0, size - size_);
        size_ = size;
        return true;
    }

    void clear() noexcept { size_ = 0; }

    /// Gives the buffer back.
    void release() noexcept {
        std::free(std::exchange(data_, nullptr));
        size_ = 0;
        capacity_ = 0;
    }

  private:
    /// Enough for most frames, and no power of two: the memories of frames that call one another
    /// should not meet in the same lines of the cache.
    static constexpr uint64_t CAPACITY_MIN = 1280;

    [[nodiscard]] bool reserve(uint64_t size) noexcept {
        const uint64_t capacity = std::max({size, capacity_ * 2, CAPACITY_MIN});
        void* const data = std::realloc(data_, capacity);
        if (data == nullptr) {
            return false;
        }
        data_ = static_cast<uint8_t*>(data);
        capacity_ = capacity;
        return true;
    }

    uint8_t* data_ = nullptr;
    uint64_t size_ = 0;
    uint64_t capacity_ = 0;
};

}  // namespace otento::evm
