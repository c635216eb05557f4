// A running GoQuorum node as a source of blocks, over its JSON-RPC.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/jsonrpc/json.hpp>
#include <otento/rpcclient/transport.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace otento::follow {

enum class SourceError {
    unreachable,  ///< Down, restarting, overloaded: ask again later.
    too_much,     ///< The answer was too long, or took too long: ask for less.
    refused,      ///< It answers, but not to this: a method is off, or a proxy says no.
    wrong_block,  ///< What it says of one block does not add up.
};

struct SourceFailure {
    SourceError error = SourceError::unreachable;
    std::string text = {};
    uint64_t number = 0;  ///< Of the block, for wrong_block.
};

/// One block, and what the source calls it.
struct SourceBlock {
    std::shared_ptr<const Bytes> encoded;
    Hash hash;  ///< As eth_getBlockByNumber names it; the bytes may say otherwise.
};

struct SourceHead {
    uint64_t number = 0;
    Hash hash;
    Hash state_root;
};

/// One thread.
class Source {
  public:
    explicit Source(std::unique_ptr<rpcclient::Transport> transport)
        : transport_(std::move(transport)) {}

    [[nodiscard]] Result<uint64_t, SourceFailure> head_number();
    /// Hash and state root of a block as the source names them; empty if it has none there.
    [[nodiscard]] Result<std::optional<SourceHead>, SourceFailure> header(uint64_t number);
    /// Blocks [first, first + count), fewer if a wrong one ends them. Asks for their bytes
    /// (debug_getBlockRlp, debug_getRawBlock), or rebuilds them where debug_* is off.
    [[nodiscard]] Result<std::vector<SourceBlock>, SourceFailure> blocks(uint64_t first,
                                                                         size_t count);
    /// Executable and queued transactions in the source's pool; empty if it does not tell.
    [[nodiscard]] Result<std::optional<uint64_t>, SourceFailure> waiting_transactions();
    /// Members of the Raft cluster; empty if it does not tell.
    [[nodiscard]] Result<std::optional<size_t>, SourceFailure> members();

    /// "debug_getBlockRlp" and the like; empty before blocks were asked for.
    [[nodiscard]] std::string_view way() const noexcept;
    [[nodiscard]] const std::string& endpoint() const noexcept { return transport_->endpoint(); }

  private:
    enum class Way { unknown, block_rlp, raw_block, rebuild };

    [[nodiscard]] Result<jsonrpc::Document, SourceFailure> exchange(const std::string& body);
    /// The result of a call that must succeed; empty where the method is off.
    [[nodiscard]] Result<std::optional<jsonrpc::Document>, SourceFailure> ask(
        std::string_view method, std::string_view params);
    void choose_way(uint64_t number);
    [[nodiscard]] std::string batch(uint64_t first, size_t count) const;
    [[nodiscard]] Result<SourceBlock, SourceFailure> read_block(
        uint64_t number, const std::vector<std::optional<jsonrpc::Value>>& answers,
        size_t at) const;

    std::unique_ptr<rpcclient::Transport> transport_;
    Way way_ = Way::unknown;
};

}  // namespace otento::follow
