// What this member tells those who ask in a p2p::Conversation.
#pragma once

#include <otento/consensus/ledger.hpp>
#include <otento/node/questions.hpp>
#include <otento/ordering/orderer.hpp>

namespace otento::node {

/// The place of whoever has proven `node_key`.
[[nodiscard]] YouAre describe_asker(const crypto::PublicKey& node_key,
                                    const ordering::Status& orderer,
                                    const consensus::MemberKeys& member_keys);

}  // namespace otento::node
