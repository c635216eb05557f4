// Copies a running network block by block into a chain of our own, believing nothing: every block
// is checked against its hash, its parent and its execution before it is kept.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/chain/chain.hpp>
#include <otento/follow/source.hpp>
#include <otento/migrate/last_block.hpp>

#include <functional>
#include <optional>
#include <string>

namespace otento::follow {

enum class FollowState {
    copying,      ///< Blocks are behind the source's head.
    level,        ///< Nothing to copy.
    unreachable,  ///< The source is down; asked again later.
    done,         ///< The wanted height is reached.
    lie,          ///< One block does not add up, twice.
    failed,       ///< For good: another chain, our disk, a source that refuses.
};
[[nodiscard]] std::string_view to_string(FollowState state) noexcept;

struct FollowStatus {
    FollowState state = FollowState::copying;
    uint64_t number = 0;       ///< Our head.
    uint64_t source_head = 0;  ///< As far as it is known.
    uint64_t copied = 0;       ///< Blocks since the start.
    uint64_t transactions = 0;
    std::string text = {};  ///< Why unreachable, lie or failed.

    [[nodiscard]] uint64_t lag() const noexcept {
        return source_head > number ? source_head - number : 0;
    }
};

struct FollowOptions {
    size_t batch_blocks_max = 32;
    uint64_t until = UINT64_MAX;  ///< Last block to copy.
    /// Called before the first block under other rules of GoQuorum's history is kept, so that the
    /// caller can keep those, too; an error ends the following. Empty: nobody keeps them.
    std::function<Result<void, std::string>(const types::ChainConfig& config)> rules_found = {};
    /// Asked between blocks; true ends the step early. Empty: never.
    std::function<bool()> stop = {};
};

/// One thread. The chain and the source outlive it.
class Follower {
  public:
    Follower(chain::Chain& chain, Source& source, FollowOptions options)
        : chain_(chain), source_(source), options_(std::move(options)) {
        status_.number = chain.head_number();
    }

    /// Asks once for the source's head and copies up to one batch. `level` and `unreachable` ask
    /// for a pause; `done`, `lie` and `failed` are the end.
    const FollowStatus& step();
    [[nodiscard]] const FollowStatus& status() const noexcept { return status_; }
    void set_until(uint64_t number) noexcept { options_.until = number; }

  private:
    const FollowStatus& end(FollowState state, std::string text);
    const FollowStatus& fail(const SourceFailure& failure);
    /// The source is the chain we have, up to our head.
    [[nodiscard]] std::optional<std::string> check_same_chain();
    [[nodiscard]] const FollowStatus& copy_batch();
    /// Nothing, or what is wrong with the block.
    [[nodiscard]] std::optional<std::string> take(const SourceBlock& block);
    [[nodiscard]] Result<chain::PendingPtr, execution::BlockFault> execute(
        const chain::DecodedBlock& block);
    /// True if nobody who minted before has signed the block as its raft id says.
    [[nodiscard]] bool is_damaged(const types::Block& block);
    [[nodiscard]] std::string blame_parent(const Hash& parent, uint64_t number);

    chain::Chain& chain_;
    Source& source_;
    FollowOptions options_;
    FollowStatus status_;
    bool same_chain_ = false;  ///< Checked since the source was last away.
    size_t batch_blocks_ = 1;
    std::optional<std::string> suspicion_;  ///< What was wrong the first time.
    std::optional<std::string> storage_problem_;
    std::shared_ptr<const chain::ChainView> minters_view_;
    std::optional<migrate::KnownMinters> minters_;  ///< Of the blocks up to that view.
};

}  // namespace otento::follow
