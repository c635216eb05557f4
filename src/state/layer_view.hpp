// StateView over a chain of uncommitted layers and the committed head below them.
#pragma once

#include <otento/state/base_state.hpp>
#include <otento/state/layer_data.hpp>

namespace otento::state {

/// Belongs to the ledger thread.
class LayerView final : public StateView {
  public:
    LayerView(LayerPtr top, BaseState& base) : top_(std::move(top)), base_(base) {}

    [[nodiscard]] std::optional<AccountRecord> record(const Address& address) const;

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Hash storage(const Address& address, const Hash& key) const override;
    [[nodiscard]] std::shared_ptr<const Bytes> code(const Hash& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;
    [[nodiscard]] bool failed() const noexcept override { return base_.failed(); }

  private:
    LayerPtr top_;
    BaseState& base_;
};

}  // namespace otento::state
