// One engine alone, fed by hand: for rules that are about a single step.
#pragma once

#include <otento/raft/testing/cluster.hpp>

#include <gtest/gtest.h>

namespace otento::raft::testing {

class Solo {
  public:
    explicit Solo(NodeId id, Configuration configuration, DurableState durable = {},
                  Options options = {})
        : id_(id), options_(options) {
        options_.id = id;
        durable.configuration = std::move(configuration);
        raft_.emplace(options_, std::move(durable), now_ms_);
    }

    Raft& operator*() noexcept { return *raft_; }
    Raft* operator->() noexcept { return &*raft_; }

    template <typename Body>
    Result<Update, StepError> step(Body body) {
        return raft_->step({.now_ms = now_ms_, .body = std::move(body)});
    }
    template <typename Body>
    Result<Update, StepError> receive(NodeId from, Body body) {
        return step(Receive{{.from = from, .to = id_, .body = std::move(body)}});
    }
    /// A step that must succeed.
    template <typename Body>
    Update must(Body body) {
        auto update = step(std::move(body));
        EXPECT_TRUE(update.has_value());
        return update ? *std::move(update) : Update{};
    }
    template <typename Body>
    Update must_receive(NodeId from, Body body) {
        auto update = receive(from, std::move(body));
        EXPECT_TRUE(update.has_value());
        return update ? *std::move(update) : Update{};
    }

    /// AppendEntries of a correct leader; `entries` are consecutive.
    Update append(NodeId from, Term term, Index prev, Term prev_term, std::vector<Entry> entries,
                  Index commit = 0) {
        return must_receive(from,
                            append_entries(term, prev, prev_term, std::move(entries), commit));
    }
    AppendEntries append_entries(Term term, Index prev, Term prev_term, std::vector<Entry> entries,
                                 Index commit = 0) {
        const auto count = static_cast<uint32_t>(entries.size());
        return {.term = term,
                .request = ++request_,
                .prev_log_index = prev,
                .prev_log_term = prev_term,
                .leader_commit = commit,
                .entry_count = count,
                .entries = std::move(entries)};
    }
    /// Reports everything as durable.
    Update persist() {
        return must(
            Persisted{.index = raft_->last_index(), .term = raft_->term_at(raft_->last_index())});
    }
    /// Times out and wins with the votes of `voters`.
    void lead(std::vector<NodeId> voters) {
        pass(options_.election_timeout_max_ms);
        (void)must(Tick{});
        for (const bool pre_vote : {true, false}) {
            for (const NodeId voter : voters) {
                (void)must_receive(
                    voter, RequestVoteReply{.pre_vote = pre_vote,
                                            .granted = true,
                                            .term = raft_->term(),
                                            .request_term = raft_->term() + (pre_vote ? 1U : 0U)});
            }
        }
        ASSERT_EQ(raft_->role(), Role::leader);
    }
    void pass(uint64_t ms) { now_ms_ += ms; }

  private:
    NodeId id_;
    Options options_;
    uint64_t now_ms_ = 1000;
    uint64_t request_ = 0;
    std::optional<Raft> raft_;
};

/// The only message of kind `Body` in an update, which must be there.
template <typename Body>
Body only(const Update& update) {
    const Body* found = nullptr;
    for (const Message& message : update.messages) {
        if (const auto* body = std::get_if<Body>(&message.body)) {
            EXPECT_EQ(found, nullptr) << "more than one";
            found = body;
        }
    }
    EXPECT_NE(found, nullptr) << "none";
    return found == nullptr ? Body{} : *found;
}

}  // namespace otento::raft::testing
