// Bounded queue into an owning thread, the cell in which an owner publishes immutable values, and a locked value.
// The only place with mutexes: everything else is owned by one thread (docs/ARCHITECTURE.md, Threads).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace otento {

/// Many senders, one receiver. A full inbox is an answer the sender handles, not a wait.
template <typename T>
class Inbox {
  public:
    explicit Inbox(size_t capacity) : capacity_(capacity) {}

    /// False when the inbox is full or closed; `item` is then unchanged.
    [[nodiscard]] bool try_push(T&& item) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || items_.size() >= capacity_) {
                return false;
            }
            items_.push_back(std::move(item));
        }
        ready_.notify_one();
        return true;
    }

    /// For messages whose number is bounded elsewhere (completions, stop); ignores the capacity.
    void push_always(T item) {
        {
            const std::lock_guard lock(mutex_);
            items_.push_back(std::move(item));
        }
        ready_.notify_one();
    }

    /// Waits until something arrives, the deadline passes or close() is called; takes everything there is.
    [[nodiscard]] std::vector<T> wait_until(std::chrono::steady_clock::time_point deadline) {
        std::unique_lock lock(mutex_);
        ready_.wait_until(lock, deadline, [this] { return closed_ || !items_.empty(); });
        std::vector<T> out(std::make_move_iterator(items_.begin()),
                           std::make_move_iterator(items_.end()));
        items_.clear();
        return out;
    }

    /// Waits for one item, for receivers that share an inbox; empty when it is closed and drained.
    [[nodiscard]] std::optional<T> wait_for_one() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return closed_ || !items_.empty(); });
        if (items_.empty()) {
            return std::nullopt;
        }
        T out = std::move(items_.front());
        items_.pop_front();
        return out;
    }

    /// Takes everything there is, without waiting.
    [[nodiscard]] std::vector<T> drain() { return wait_until({}); }

    /// Refuses further try_push and wakes the receiver. What is inside can still be taken.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        ready_.notify_all();
    }

    [[nodiscard]] bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }
    [[nodiscard]] size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

  private:
    const size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<T> items_;
    bool closed_ = false;
};

/// The newest immutable value of an owner. Readers keep what they took for as long as they like.
template <typename T>
class Published {
  public:
    void set(std::shared_ptr<const T> value) {
        std::shared_ptr<const T> old;  // Destroyed outside the lock.
        const std::lock_guard lock(mutex_);
        old = std::exchange(value_, std::move(value));
    }
    /// Null until the first set.
    [[nodiscard]] std::shared_ptr<const T> get() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
};

/// A value that several threads reach, each for a moment: indexes and caches beside an owner's state. The
/// callback must be short and must not block.
template <typename T>
class Guarded {
  public:
    template <typename F>
    decltype(auto) with(F&& use) {
        const std::lock_guard lock(mutex_);
        return std::forward<F>(use)(value_);
    }
    template <typename F>
    decltype(auto) with(F&& use) const {
        const std::lock_guard lock(mutex_);
        return std::forward<F>(use)(static_cast<const T&>(value_));
    }

  private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace otento
