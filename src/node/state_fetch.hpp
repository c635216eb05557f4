// Fetches a member's state into a folder: goes on where an earlier attempt stopped, checks every
// piece, proves the whole before anybody uses it.
#pragma once

#include <otento/chain/chain.hpp>
#include <otento/consensus/member.hpp>
#include <otento/node/questions.hpp>
#include <otento/p2p/conversation.hpp>

#include <atomic>
#include <functional>

namespace otento::node {

struct FetchOptions {
    std::string directory;  ///< Where the files go; what is in it may be of an earlier attempt.
    std::function<void(std::string)> report;  ///< Progress, for people.
    std::function<void()> alive;              ///< Called before every piece.
    const std::atomic<bool>* stopping = nullptr;
};

/// Blocks until all files are here and durable, or why not.
[[nodiscard]] Result<void, std::string> fetch_state(p2p::Conversation& from,
                                                    const FetchOptions& options);

/// What a fetched state turned out to be.
struct ProvenState {
    uint64_t applied_index = 0;
    uint64_t number = 0;
    Hash block_hash;
};

/// Opens the files as a chain: the genesis is ours, the newest block is sealed by a member, and
/// accounts, slots and code make its state root.
[[nodiscard]] Result<ProvenState, std::string> prove_state(const chain::ChainOptions& options,
                                                           const consensus::MemberKeys& members);

/// Marks the folder as whole and proven; adopt_state() takes it at the next start.
[[nodiscard]] Result<void, std::string> finish_state(const std::string& directory);
/// Replaces `chain` by `directory` if that is finished. Can be interrupted at any point.
[[nodiscard]] Result<void, std::string> adopt_state(const std::string& directory,
                                                    const std::string& chain);

}  // namespace otento::node
