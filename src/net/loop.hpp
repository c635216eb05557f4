// One event loop: sockets, timers and tasks of one thread. Hides Asio.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace otento::net {

/// Owned by whoever runs it. Everything registered with a loop runs on the thread inside run().
class Loop {
  public:
    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    /// Tasks that did not run are dropped. The loop must not be running.
    ~Loop();

    /// Runs tasks until stop(). Call from one thread.
    void run();
    /// Any thread.
    void stop();
    /// Any thread. Tasks run in the order of posting.
    void post(std::function<void()> task);

    struct Impl;  ///< Private to net (loop_impl.hpp).
    [[nodiscard]] const std::shared_ptr<Impl>& impl() const noexcept { return impl_; }

  private:
    std::shared_ptr<Impl> impl_;
};

/// Calls a function on the loop's thread once per start(). Used on that thread only; must not
/// outlive the loop.
class Timer {
  public:
    Timer(Loop& loop, std::function<void()> on_expiry);
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

    /// Replaces an earlier start.
    void start(uint32_t delay_ms);
    void cancel();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Milliseconds of the monotonic clock.
[[nodiscard]] uint64_t monotonic_ms() noexcept;

}  // namespace otento::net
