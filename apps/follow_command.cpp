// otento follow: copies a running GoQuorum network into a data directory, block by block.
#include "follow_options.hpp"

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/follow/follower.hpp>

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <ctime>

namespace otento::apps {
namespace {

constexpr uint64_t TELL_EVERY_NS = 2'000'000'000;
constexpr uint32_t AWAY_PAUSE_MS = 1'000;

volatile std::sig_atomic_t stop_asked = 0;

extern "C" void ask_to_stop(int) {
    stop_asked = 1;
}

void pause_ms(uint64_t ms) {
    const timespec wait{.tv_sec = static_cast<time_t>(ms / 1000),
                        .tv_nsec = static_cast<long>(ms % 1000) * 1'000'000};
    nanosleep(&wait, nullptr);  // A signal ends it.
}

/// Tells where we are: every change of state at once, else every two seconds.
class Teller {
  public:
    Teller(const FollowOptions& options, const follow::Source& source)
        : options_(options), source_(source), started_ns_(clock_.monotonic_ns()) {}

    void tell(const follow::FollowStatus& status) {
        const uint64_t now_ns = clock_.monotonic_ns();
        const bool news = status.state != state_ || status.text != text_;
        const bool moved = status.number != number_ && now_ns - told_ns_ >= TELL_EVERY_NS;
        if (!news && !moved) {
            return;
        }
        state_ = status.state;
        text_ = status.text;
        number_ = status.number;
        told_ns_ = now_ns;
        log(status, now_ns);
        if (options_.json) {
            print_status(status);
        }
    }

  private:
    void log(const follow::FollowStatus& status, uint64_t now_ns) const {
        if (!status.text.empty()) {
            logger::warn("follow", "{}: {}", to_string(status.state), status.text);
            return;
        }
        const double seconds = static_cast<double>(now_ns - started_ns_) / 1e9;
        logger::info("follow", "{}: block {} of {}, {} behind, {:.0f} blocks/s by {}",
                     to_string(status.state), status.number, status.source_head, status.lag(),
                     seconds > 0 ? static_cast<double>(status.copied) / seconds : 0.0,
                     source_.way().empty() ? "nothing yet" : source_.way());
    }

    const FollowOptions& options_;
    const follow::Source& source_;
    SystemClock clock_;
    uint64_t started_ns_;
    uint64_t told_ns_ = 0;
    follow::FollowState state_ = follow::FollowState::failed;
    std::string text_;
    uint64_t number_ = UINT64_MAX;
};

/// `otento cutover` in another process asks us to end: at a height, or at the source's head.
void obey_request(const FollowOptions& options, follow::Follower& follower) {
    const auto request = read_cutover_request(options.datadir);
    if (!request) {
        return;
    }
    const uint64_t end = request->value_or(follower.status().source_head);
    logger::info("follow", "a cutover asks us to end at block {}", end);
    follower.set_until(std::max(end, follower.status().number));
}

int follow_source(const FollowOptions& options, node::OpenedChain& opened, follow::Source& source) {
    follow::Follower follower(*opened.chain, source,
                              {.until = options.height.value_or(UINT64_MAX),
                               .rules_found = rules_keeper(opened),
                               .stop = [] { return stop_asked != 0; }});
    Teller teller(options, source);
    while (stop_asked == 0) {
        const follow::FollowStatus& status = follower.step();
        if (stop_asked != 0) {
            break;  // Nor is the source away because we are.
        }
        teller.tell(status);
        switch (status.state) {
            case follow::FollowState::copying:
                break;
            case follow::FollowState::level:
                pause_ms(options.poll_ms);
                break;
            case follow::FollowState::unreachable:
                pause_ms(AWAY_PAUSE_MS);
                break;
            case follow::FollowState::done:
                return 0;
            case follow::FollowState::lie:
            case follow::FollowState::failed:
                return fail(status.text);
        }
        obey_request(options, follower);
    }
    return 0;
}

}  // namespace

int run_follow(const Arguments& arguments) {
    auto options = parse_follow_options(arguments, "follow");
    if (!options) {
        fail(options.error());
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    if (const auto ended = read_cutover_record(options->datadir)) {
        return fail(
            fmt::format("{} was cut over: it has left its source. {}", options->datadir, *ended));
    }
    auto transport =
        rpcclient::open_transport(options->from, {.interrupted = [] { return stop_asked != 0; }});
    if (!transport) {
        return fail(transport.error().detail);
    }
    auto opened = open_followed_chain(*options);
    if (!opened) {
        return fail(opened.error());
    }
    chain::Chain& chain = *opened->chain;
    logger::info("follow", "from {} into {}, which has block {}", options->from, options->datadir,
                 chain.head_number());
    follow::Source source(*std::move(transport));
    const int code = follow_source(*options, *opened, source);
    if (const auto flushed = chain.flush(); !flushed) {
        logger::warn("follow", "the next start has more to do: {}", flushed.error().detail);
    }
    logger::info("follow", "stopped at block {} {}", chain.head_number(),
                 to_hex0x(chain.head()->hash));
    logger::flush();
    return code;
}

}  // namespace otento::apps
