// The tries as the store has them: nodes by path, and the flat records they are made of.
#pragma once

#include <otento/state/columns.hpp>
#include <otento/trie/mpt.hpp>

namespace otento::state {

/// Reader of the account trie or of one storage trie, as of the last flush. As thread-safe as `kv`.
class StoredNodes final : public trie::NodeReader {
  public:
    /// @param area      Empty: the account trie.
    /// @param snapshot  Null: what the store has now. Must outlive the reader, like `kv`.
    StoredNodes(const storage::KeyValueStore& kv, Columns columns, const std::optional<Hash>& area,
                const storage::StoreSnapshot* snapshot = nullptr);

    [[nodiscard]] Result<std::optional<Bytes>, trie::TrieError> read(
        const trie::Path& path) const override;
    [[nodiscard]] Result<std::vector<trie::LeafEntry>, trie::TrieError> leaves(
        const trie::Path& prefix, size_t limit) const override;

  private:
    [[nodiscard]] std::optional<Bytes> trie_value(BytesView record) const;

    const storage::KeyValueStore& kv_;
    Columns columns_;
    std::optional<Hash> area_;
    const storage::StoreSnapshot* snapshot_;
};

}  // namespace otento::state
