// What becomes of the transactions that a node has accepted when it is removed: it offers them to
// the members, which answer for them from then on, until all of them have a new home.
#pragma once

#include <otento/consensus/intake.hpp>
#include <otento/node/ledger_host.hpp>
#include <otento/node/questions.hpp>
#include <otento/p2p/conversation.hpp>

#include <functional>
#include <string>
#include <vector>

namespace otento::node {

/// The ledger as the giver needs it; called on any thread, may block.
struct Unsettled {
    /// Accepted here and not known to be committed, oldest first.
    std::function<std::vector<txpool::PooledPtr>()> list;
    /// Somebody else answers for these.
    std::function<void(std::vector<Hash>)> settle;
};

struct HandedOn {
    size_t settled = 0;
    size_t refused = 0;
    std::string first_refusal{};
};
/// Offers everything to one member. Blocks; settles what that member takes.
[[nodiscard]] Result<HandedOn, std::string> hand_on(p2p::Conversation& member,
                                                    const Unsettled& unsettled);

/// Takes a transaction in as if a client had sent it here. `done` gets the words of a refusal, or
/// nothing; it is called at once or on the ledger thread.
void submit_encoded(const chain::Chain& chain, Clock& clock, size_t bytes_max, LedgerHost& ledger,
                    Bytes encoded, std::function<void(const Hash&, std::string)> done);

/// The taker's end: submits all of them and answers with one text each, in their order. Empty:
/// this node answers for it now, or the ledger is past it.
void take_over(std::vector<Bytes> transactions,
               const std::function<void(Bytes, SubmitDone)>& submit,
               std::function<void(std::vector<std::string>)> done);

}  // namespace otento::node
