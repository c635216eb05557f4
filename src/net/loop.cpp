#include <otento/net/loop_impl.hpp>

#include <otento/base/logger.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace otento::net {

namespace asio = boost::asio;

uint64_t monotonic_ms() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

Loop::Loop() : impl_(std::make_shared<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
    const auto work = asio::make_work_guard(impl_->io);
    while (!impl_->io.stopped()) {
        try {
            impl_->io.run();
        } catch (const std::exception& error) {
            // Out of memory, most likely; what was at hand is lost and the loop goes on.
            logger::error("net", "Event loop caught error={}", error.what());
        }
    }
}

void Loop::stop() {
    impl_->io.stop();
}

void Loop::post(std::function<void()> task) {
    asio::post(impl_->io, std::move(task));
}

struct Timer::Impl {
    Impl(Loop& loop, std::function<void()> function)
        : timer(loop.impl()->io), on_expiry(std::move(function)) {}

    asio::steady_timer timer;
    std::function<void()> on_expiry;
    uint64_t generation =
        0;  // An expiry that was already queued when the timer was restarted is stale.
};

Timer::Timer(Loop& loop, std::function<void()> on_expiry)
    : impl_(std::make_shared<Impl>(loop, std::move(on_expiry))) {}

Timer::~Timer() {
    cancel();
}

void Timer::start(uint32_t delay_ms) {
    const uint64_t generation = ++impl_->generation;
    impl_->timer.expires_after(std::chrono::milliseconds(delay_ms));
    impl_->timer.async_wait(
        [weak = std::weak_ptr(impl_), generation](const boost::system::error_code& ec) {
            const auto impl = weak.lock();
            if (!ec && impl && impl->generation == generation) {
                impl->on_expiry();
            }
        });
}

void Timer::cancel() {
    ++impl_->generation;
    impl_->timer.cancel();
}

}  // namespace otento::net
