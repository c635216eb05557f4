// What a method is: a name and a function of the node's view and the parameters.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/jsonrpc/params.hpp>
#include <otento/jsonrpc/writer.hpp>
#include <otento/rpc/backend.hpp>
#include <otento/rpc/options.hpp>

#include <functional>
#include <string_view>

namespace otento::rpc {

using jsonrpc::Error;
using jsonrpc::Params;
using jsonrpc::Writer;

/// What a method sees of the node. Lives as long as the call.
struct Context {
    Backend& backend;
    const Options& options;
    std::shared_ptr<const chain::ChainView> view;  ///< Never null.
    const Clock& clock;
    uint64_t deadline_ns = UINT64_MAX;  ///< Monotonic.

    [[nodiscard]] bool expired() const { return clock.monotonic_ns() >= deadline_ns; }
};

/// Writes exactly one value, or returns an error; what was written is then dropped.
using SyncMethod = Result<void, Error> (*)(Context& context, const Params& params, Writer& out);

/// The result as JSON, or an error.
using Outcome = Result<std::string, Error>;
using Reply = std::function<void(Outcome)>;
/// Answers once, now or later, from any thread. Context and parameters end with the call.
using AsyncMethod = void (*)(Context& context, const Params& params, Reply reply);

struct Method {
    std::string_view name;
    size_t params_max = 0;
    SyncMethod sync = nullptr;  ///< Exactly one of the two.
    AsyncMethod async = nullptr;
    bool slow = false;  ///< May run for milliseconds: goes to the executor, if there is one.
};

/// All methods of the node, enabled or not.
[[nodiscard]] std::vector<Method> all_methods();

// One for each file of a namespace.
void add_node_methods(std::vector<Method>& out);         ///< net, web3, and eth without a block
void add_block_methods(std::vector<Method>& out);        ///< eth: blocks
void add_transaction_methods(std::vector<Method>& out);  ///< eth: transactions and receipts
void add_state_methods(std::vector<Method>& out);        ///< eth: accounts
void add_call_methods(std::vector<Method>& out);         ///< eth: execution
void add_fee_methods(std::vector<Method>& out);          ///< eth: prices
void add_log_methods(std::vector<Method>& out);          ///< eth: logs
void add_send_methods(std::vector<Method>& out);         ///< eth: submission
void add_sign_methods(std::vector<Method>& out);         ///< eth: accounts of this node
void add_personal_methods(std::vector<Method>& out);
void add_debug_methods(std::vector<Method>& out);  ///< debug: raw encodings
void add_raft_methods(std::vector<Method>& out);

}  // namespace otento::rpc
