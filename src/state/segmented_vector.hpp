// A vector that grows without moving what it holds: segments, each twice as long as the one before.
#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace otento::state {

/// Elements stay where they are until removed. Memory is kept until destruction.
template <typename T>
class SegmentedVector {
  public:
    SegmentedVector() = default;
    SegmentedVector(const SegmentedVector&) = delete;
    SegmentedVector& operator=(const SegmentedVector&) = delete;
    ~SegmentedVector() {
        clear();
        for (size_t i = 0; i < used_; ++i) {
            ::operator delete(segments_[i], std::align_val_t{alignof(T)});
        }
    }

    [[nodiscard]] size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T& operator[](size_t i) noexcept { return *place(i); }
    [[nodiscard]] const T& operator[](size_t i) const noexcept { return *place(i); }
    [[nodiscard]] T& back() noexcept { return *place(size_ - 1); }

    class Iterator {
      public:
        Iterator(const SegmentedVector& vector, size_t at) noexcept : vector_(vector), at_(at) {}
        [[nodiscard]] const T& operator*() const noexcept { return vector_[at_]; }
        Iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        [[nodiscard]] bool operator!=(const Iterator& other) const noexcept {
            return at_ != other.at_;
        }

      private:
        const SegmentedVector& vector_;
        size_t at_;
    };
    [[nodiscard]] Iterator begin() const noexcept { return {*this, 0}; }
    [[nodiscard]] Iterator end() const noexcept { return {*this, size_}; }

    template <typename... Arguments>
    T& emplace_back(Arguments&&... arguments) {
        if (size_ == capacity_) {
            grow();
        }
        T* const made = std::construct_at(place(size_), std::forward<Arguments>(arguments)...);
        ++size_;
        return *made;
    }
    void pop_back() noexcept {
        --size_;
        std::destroy_at(place(size_));
    }
    void clear() noexcept {
        if constexpr (std::is_trivially_destructible_v<T>) {
            size_ = 0;
        } else {
            while (size_ != 0) {
                pop_back();
            }
        }
    }

  private:
    static constexpr size_t FIRST = 16;  ///< Elements of the first segment.
    static constexpr size_t SEGMENTS_MAX = 29;

    /// Segment k begins with element FIRST * (2^k - 1).
    [[nodiscard]] T* place(size_t i) const noexcept {
        const size_t shifted = i + FIRST;
        const auto width = static_cast<unsigned>(std::bit_width(shifted));
        constexpr unsigned FIRST_WIDTH = std::bit_width(FIRST);
        return segments_[width - FIRST_WIDTH] + (shifted ^ (size_t{1} << (width - 1)));
    }

    void grow() {
        const size_t length = FIRST << used_;
        segments_[used_++] =
            static_cast<T*>(::operator new(length * sizeof(T), std::align_val_t{alignof(T)}));
        capacity_ += length;
    }

    T* segments_[SEGMENTS_MAX] = {};
    size_t used_ = 0;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace otento::state
