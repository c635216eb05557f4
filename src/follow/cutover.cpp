#include <otento/follow/cutover.hpp>

#include <otento/base/hex.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::follow {
namespace {

constexpr uint32_t RETRY_MS = 500;

class Cutover {
  public:
    Cutover(chain::Chain& chain, Source& source, const CutoverOptions& options)
        : chain_(chain), source_(source), options_(options) {}

    CutoverReport run() {
        if (choose_height() && copy_rest() && compare_head()) {
            check_quiet();
            check_pool();
            check_members();
        }
        return std::move(report_);
    }

  private:
    bool say(Verdict verdict, std::string text) {
        report_.items.push_back({verdict, std::move(text)});
        return verdict != Verdict::failed;
    }

    bool choose_height() {
        if (options_.height) {
            report_.number = *options_.height;
        } else {
            const auto head = source_.head_number();
            if (!head) {
                return say(Verdict::failed, head.error().text);
            }
            report_.number = *head;
        }
        if (chain_.head_number() > report_.number) {
            return say(Verdict::failed,
                       fmt::format("block {} is here already, beyond the wanted end at {}",
                                   chain_.head_number(), report_.number));
        }
        return say(Verdict::ok, fmt::format("the end is block {}", report_.number));
    }

    bool copy_rest() {
        Follower follower(chain_, source_,
                          {.until = report_.number, .rules_found = options_.rules_found});
        uint32_t waited_ms = 0;
        for (;;) {
            const FollowStatus& status = follower.step();
            switch (status.state) {
                case FollowState::done:
                    return say(
                        Verdict::ok,
                        fmt::format("all blocks up to {} are here, each executed", report_.number));
                case FollowState::copying:
                    waited_ms = 0;
                    break;
                case FollowState::lie:
                case FollowState::failed:
                    return say(Verdict::failed, status.text);
                case FollowState::level:
                case FollowState::unreachable:
                    if (waited_ms >= options_.patience_ms || !options_.pause(RETRY_MS)) {
                        return say(Verdict::failed,
                                   fmt::format("block {} of {} is here, and no more comes{}{}",
                                               status.number, report_.number,
                                               status.text.empty() ? "" : ": ", status.text));
                    }
                    waited_ms += RETRY_MS;
                    break;
            }
        }
    }

    bool compare_head() {
        const auto named = source_.header(report_.number);
        if (!named || !*named) {
            return say(Verdict::failed,
                       named ? fmt::format("the source has no block {}", report_.number)
                             : named.error().text);
        }
        const auto head = chain_.head();
        if ((*named)->hash != head->hash ||
            (*named)->state_root != head->block->header.state_root) {
            return say(Verdict::failed,
                       fmt::format("block {} is {} here and {} at the source", report_.number,
                                   to_hex0x(head->hash), to_hex0x((*named)->hash)));
        }
        return say(Verdict::ok,
                   fmt::format("block {} is {} on both sides, state root {}", report_.number,
                               to_hex0x(head->hash), to_hex0x(head->block->header.state_root)));
    }

    void check_quiet() {
        options_.pause(options_.quiet_ms);
        const auto head = source_.head_number();
        if (!head) {
            say(Verdict::note,
                fmt::format("the source does not answer any more: {}", head.error().text));
        } else if (*head > report_.number) {
            say(options_.leave_behind ? Verdict::note : Verdict::failed,
                fmt::format("the source has gone on to block {}: what is above {} would be left "
                            "behind; stop its clients and run this again",
                            *head, report_.number));
        } else {
            say(Verdict::ok,
                fmt::format("the source has minted nothing for {} ms", options_.quiet_ms));
        }
    }

    void check_pool() {
        const auto waiting = source_.waiting_transactions();
        if (!waiting || !*waiting) {
            say(Verdict::note,
                "the source does not show its pool (txpool_status): make sure that no "
                "transaction waits there");
        } else if (**waiting != 0) {
            say(Verdict::failed,
                fmt::format("{} transactions wait in the source's pool: they would be lost",
                            **waiting));
        } else {
            say(Verdict::ok, "no transaction waits in the source's pool");
        }
    }

    void check_members() {
        const auto members = source_.members();
        if (!members || !*members) {
            say(Verdict::note, "the source does not show its members (raft_cluster)");
            return;
        }
        report_.members = *members;
        say(Verdict::ok, fmt::format("the source's cluster has {} members", **members));
    }

    chain::Chain& chain_;
    Source& source_;
    const CutoverOptions& options_;
    CutoverReport report_;
};

}  // namespace

bool CutoverReport::passed() const noexcept {
    return std::ranges::none_of(
        items, [](const CheckItem& item) { return item.verdict == Verdict::failed; });
}

CutoverReport cut_over(chain::Chain& chain, Source& source, const CutoverOptions& options) {
    return Cutover(chain, source, options).run();
}

}  // namespace otento::follow
