#include <otento/follow/follower.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/migrate/rule_search.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::follow {

std::string_view to_string(FollowState state) noexcept {
    switch (state) {
        case FollowState::copying:
            return "copying";
        case FollowState::level:
            return "level";
        case FollowState::unreachable:
            return "unreachable";
        case FollowState::done:
            return "done";
        case FollowState::lie:
            return "lie";
        case FollowState::failed:
            return "failed";
    }
    return "unknown";
}

const FollowStatus& Follower::end(FollowState state, std::string text) {
    status_.state = state;
    status_.text = std::move(text);
    return status_;
}

const FollowStatus& Follower::fail(const SourceFailure& failure) {
    switch (failure.error) {
        case SourceError::unreachable:
            same_chain_ = false;  // What comes back may be another.
            return end(FollowState::unreachable, failure.text);
        case SourceError::too_much:
            options_.batch_blocks_max = batch_blocks_ = std::max<size_t>(batch_blocks_ / 2, 1);
            return end(FollowState::unreachable, failure.text);
        case SourceError::refused:
            return end(FollowState::failed, failure.text);
        case SourceError::wrong_block:
            break;
    }
    // A bit may flip on the way: it is asked again once.
    if (!suspicion_) {
        suspicion_ = failure.text;
        logger::warn("follow", "{}; asking again", failure.text);
        return end(FollowState::copying, failure.text);
    }
    return end(FollowState::lie, failure.text);
}

std::optional<std::string> Follower::check_same_chain() {
    const auto known = chain_.view();
    const uint64_t common = std::min(status_.number, status_.source_head);
    for (const uint64_t number : {uint64_t{0}, common}) {
        const auto named = source_.header(number);
        if (!named) {
            fail(named.error());
            return status_.text;
        }
        const auto ours = known->hash_of(number);
        if (!*named || !ours) {
            end(FollowState::unreachable,
                fmt::format("{} does not have block {} yet", source_.endpoint(), number));
            return status_.text;
        }
        if ((*named)->hash != *ours) {
            end(number == 0 ? FollowState::failed : FollowState::lie,
                number == 0
                    ? fmt::format("{} has another genesis block ({}) than the data directory ({})",
                                  source_.endpoint(), to_hex0x((*named)->hash), to_hex0x(*ours))
                    : fmt::format("block {} is {} here, but {} calls it {}: one of the two is not "
                                  "the chain that was copied",
                                  number, to_hex0x(*ours), source_.endpoint(),
                                  to_hex0x((*named)->hash)));
            return status_.text;
        }
    }
    same_chain_ = true;
    return std::nullopt;
}

const FollowStatus& Follower::step() {
    status_.number = chain_.head_number();
    if (status_.number >= options_.until) {
        return end(FollowState::done, {});
    }
    const auto head = source_.head_number();
    if (!head) {
        return fail(head.error());
    }
    status_.source_head = *head;
    if (!same_chain_ && check_same_chain()) {
        return status_;
    }
    if (status_.lag() == 0) {
        return end(FollowState::level, {});
    }
    return copy_batch();
}

const FollowStatus& Follower::copy_batch() {
    const uint64_t first = status_.number + 1;
    const uint64_t last = std::min(status_.source_head, options_.until);
    const size_t count =
        suspicion_ ? 1
                   : static_cast<size_t>(std::min<uint64_t>(last - status_.number, batch_blocks_));
    const auto blocks = source_.blocks(first, count);
    if (!blocks) {
        return fail(blocks.error());
    }
    for (const SourceBlock& block : *blocks) {
        if (options_.stop && options_.stop()) {
            break;
        }
        const auto problem = take(block);
        if (storage_problem_) {
            return end(FollowState::failed, *storage_problem_);
        }
        if (problem) {
            return fail({.error = SourceError::wrong_block,
                         .text = *problem,
                         .number = status_.number + 1});
        }
        if (suspicion_) {
            logger::warn("follow", "block {}: the second answer of {} was right", status_.number,
                         source_.endpoint());
            suspicion_.reset();
        }
    }
    batch_blocks_ = std::min(batch_blocks_ * 2, options_.batch_blocks_max);
    const bool done = status_.number >= options_.until;
    return end(done                 ? FollowState::done
               : status_.lag() == 0 ? FollowState::level
                                    : FollowState::copying,
               {});
}

std::string Follower::blame_parent(const Hash& parent, uint64_t number) {
    // Who is wrong: this block, or the one we have taken for its parent?
    const auto named = source_.header(number - 1);
    const Hash ours = chain_.head()->hash;
    if (named && *named && (*named)->hash == parent) {
        return fmt::format(
            "block {} was {} when it was copied, and is {} now: one of the two is a "
            "lie",
            number - 1, to_hex0x(ours), to_hex0x(parent));
    }
    return fmt::format("block {} has the parent {}, but block {} is {}", number, to_hex0x(parent),
                       number - 1, to_hex0x(ours));
}

// The chain does not say when its nodes were upgraded (spec/quorum-raft.md 2.12).
Result<chain::PendingPtr, execution::BlockFault> Follower::execute(
    const chain::DecodedBlock& block) {
    auto executed = chain_.verify(nullptr, block);
    if (executed || !migrate::may_be_rules(executed.error())) {
        return executed;
    }
    const types::ChainConfig before = chain_.config();
    for (const auto& candidate : migrate::rule_candidates(before, block.block->header.number)) {
        chain_.amend_rules(candidate.config);
        auto otherwise = chain_.verify(nullptr, block);
        if (!otherwise) {
            continue;
        }
        logger::info("follow", "{}: going on with those rules", candidate.what);
        const auto kept = options_.rules_found ? options_.rules_found(candidate.config)
                                               : Result<void, std::string>();
        if (!kept) {
            storage_problem_ = kept.error();
        }
        return otherwise;
    }
    chain_.amend_rules(before);
    return executed;
}

bool Follower::is_damaged(const types::Block& block) {
    if (minters_ && minters_->judge(block) == migrate::Trust::whole) {
        return false;
    }
    minters_view_ = chain_.view();  // The minter may be new to what we knew.
    minters_.emplace(*minters_view_);
    return minters_->judge(block) == migrate::Trust::damaged;
}

std::optional<std::string> Follower::take(const SourceBlock& block) {
    const uint64_t number = status_.number + 1;
    const auto decoded = chain::decode_and_recover(block.encoded, chain_.config());
    if (!decoded) {
        return fmt::format("block {}: {}: {}", number, to_string(decoded.error().error),
                           decoded.error().detail);
    }
    if (decoded->hash != block.hash) {
        return fmt::format("block {} is named {}, but its bytes hash to {}", number,
                           to_hex0x(block.hash), to_hex0x(decoded->hash));
    }
    const auto& header = decoded->block->header;
    if (header.number != number) {
        return fmt::format("block {} says that it is number {}", number, header.number);
    }
    if (header.parent_hash != chain_.head()->hash) {
        return blame_parent(header.parent_hash, number);
    }
    const auto executed = execute(*decoded);
    if (storage_problem_) {
        return storage_problem_;
    }
    if (!executed) {
        return fmt::format("block {} does not execute to what it says: {}: {}", number,
                           to_string(executed.error().error), executed.error().detail);
    }
    // Others are vouched for by the next one, which names their hash.
    if (number == status_.source_head && is_damaged(*decoded->block)) {
        return fmt::format(
            "block {} carries the raft id of a node that minted before, but not its "
            "signature",
            number);
    }
    // The log of a cluster that starts from this chain begins at entry 1.
    if (const auto kept = chain_.commit(*executed, chain_.applied_index()); !kept) {
        storage_problem_ = fmt::format("block {} cannot be stored: {}: {}", number,
                                       to_string(kept.error().error), kept.error().detail);
        return storage_problem_;
    }
    status_.number = number;
    ++status_.copied;
    status_.transactions += decoded->tx_hashes.size();
    return std::nullopt;
}

}  // namespace otento::follow
