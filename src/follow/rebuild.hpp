// A block from what eth_getBlockByNumber(number, true) says of it, for sources that keep debug_* to
// themselves. Nothing is believed: the hashes of header and transactions are computed again.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/jsonrpc/json.hpp>

#include <string>

namespace otento::follow {

/// RLP of the block, or a sentence without the block's number. Uncles are refused: no chain ordered
/// by Raft has any. Source: spec/quorum-raft.md 2.1, 5.3; EIP-155, 2718, 2930, 1559.
[[nodiscard]] Result<Bytes, std::string> rebuild_block(jsonrpc::Value block);

}  // namespace otento::follow
