// Questions to one member over a session of its own: who am I to you, may I have the state. Needs
// no Network; for a node that is no member yet, and for transfers that must not hold up the lanes.
#pragma once

#include <otento/p2p/network.hpp>

#include <memory>

namespace otento::p2p {

struct ConversationOptions {
    Hash secret_key;  ///< Node key of whoever asks.
    uint64_t network_id = 0;
    Hash genesis_hash;
    std::string host;   ///< Name or literal of the other end,
    uint16_t port = 0;  ///< and its p2p port.
    uint32_t connect_timeout_ms = 3'000;
    size_t answer_bytes_max = 16u << 20;
};

/// Owns a thread. Not thread-safe: one question at a time.
class Conversation {
  public:
    /// Blocks until both ends have said hello.
    /// @return  Why not, in words: unreachable, another network, another genesis, …
    [[nodiscard]] static Result<std::unique_ptr<Conversation>, std::string> start(
        ConversationOptions options);
    Conversation() = default;
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    virtual ~Conversation() = default;

    /// Blocks until the answer is here. After an error the conversation is over.
    [[nodiscard]] virtual Result<Bytes, std::string> ask(Bytes question, uint32_t timeout_ms) = 0;
    /// The key that the other end has proven.
    [[nodiscard]] virtual const NodeKey& peer_key() const noexcept = 0;
};

}  // namespace otento::p2p
