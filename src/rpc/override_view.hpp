// A state with some accounts replaced: the state overrides of eth_call.
#pragma once

#include <otento/jsonrpc/call.hpp>
#include <otento/state/state_view.hpp>

namespace otento::rpc {

/// Lives as long as one call. Base and overrides outlive it.
class OverrideView final : public state::StateView {
  public:
    OverrideView(const state::StateView& base, const jsonrpc::StateOverride& overrides);

    [[nodiscard]] std::optional<state::Account> account(const Address& address) const override;
    [[nodiscard]] Hash storage(const Address& address, const Hash& key) const override;
    [[nodiscard]] std::shared_ptr<const Bytes> code(const Hash& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;
    [[nodiscard]] bool failed() const noexcept override { return base_.failed(); }

  private:
    /// Null if the account is not overridden.
    [[nodiscard]] const jsonrpc::AccountOverride* find(const Address& address) const;

    const state::StateView& base_;
    const jsonrpc::StateOverride& overrides_;
    std::map<Hash, std::shared_ptr<const Bytes>> codes_;
    std::map<Address, Hash> code_hashes_;
};

}  // namespace otento::rpc
