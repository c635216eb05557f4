// What eth_call and its kin share: the block and state a message runs in, and the message itself.
#pragma once

#include <otento/chain/chain.hpp>
#include <otento/execution/call.hpp>
#include <otento/jsonrpc/call.hpp>
#include <otento/rpc/lookup.hpp>
#include <otento/rpc/override_view.hpp>

namespace otento::rpc {

/// The block a message runs in, on the state after it: geth's choice, which its users rely on.
/// Parts point at each other and at the context's view, so it stays where it was made.
struct CallScene {
    StateAt at;
    execution::Rules rules;
    execution::BlockContext block;
    std::unique_ptr<chain::ViewHashes> hashes;
    jsonrpc::StateOverride overrides;
    std::unique_ptr<OverrideView> overridden;

    CallScene() = default;
    CallScene(const CallScene&) = delete;
    CallScene& operator=(const CallScene&) = delete;

    [[nodiscard]] const state::StateView& state() const {
        return overridden != nullptr ? static_cast<const state::StateView&>(*overridden)
                                     : *at.state;
    }
};

/// Without overrides.
[[nodiscard]] Result<std::unique_ptr<CallScene>, Error> make_scene(
    const Context& context, const jsonrpc::BlockParam& param);

/// From parameters 1 to 3: block, state override, block override.
[[nodiscard]] Result<std::unique_ptr<CallScene>, Error> make_scene(const Context& context,
                                                                   const Params& params);

/// The message a call object describes, without a gas limit; contradictions are errors.
[[nodiscard]] Result<execution::CallRequest, Error> make_request(jsonrpc::CallObject call,
                                                                 const CallScene& scene);

/// The gas it takes, at most `gas_max`.
[[nodiscard]] Result<uint64_t, Error> estimate_gas(const CallScene& scene,
                                                   const execution::CallRequest& request,
                                                   uint64_t gas_max);

/// Gas that a message may spend: what it asks for, or much, and the cap at most.
[[nodiscard]] uint64_t call_gas(const Context& context, std::optional<uint64_t> wanted);

}  // namespace otento::rpc
