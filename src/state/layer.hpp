// The immutable result of executing one block on its parent state: changed records, changed trie
// nodes, new state root. Layers chain in memory down to the persisted base; nothing speculative
// touches the disk.
#pragma once

#include <otento/state/state_view.hpp>

#include <cstdint>
#include <memory>

namespace otento::state {

struct LayerData;
struct LayerTries;

/// Belongs to the ledger thread with the Store that computed it. Dropping the last pointer forgets
/// the block.
class Layer {
  public:
    explicit Layer(std::unique_ptr<LayerData> data);
    Layer(const Layer&) = delete;
    Layer& operator=(const Layer&) = delete;
    ~Layer();

    /// Block number of this state.
    [[nodiscard]] uint64_t number() const noexcept;
    [[nodiscard]] const Hash& state_root() const noexcept;
    /// Memory held by this layer alone, in bytes, roughly. For bounds on speculation.
    [[nodiscard]] size_t size_bytes() const noexcept;

    [[nodiscard]] const LayerData& data() const noexcept { return *data_; }
    /// Once this layer is committed: forgets the parent and gives away the tries.
    [[nodiscard]] LayerTries commit() const;

  private:
    std::unique_ptr<LayerData> data_;
};

using LayerPtr = std::shared_ptr<const Layer>;

}  // namespace otento::state
