// Limits and switches of the RPC server; node/ fills them from its configuration (spec/json-rpc.md
// section 9).
#pragma once

#include <otento/base/uint256.hpp>

#include <functional>
#include <string>
#include <vector>

namespace otento::rpc {

/// Runs a task soon, on a thread that may take its time; within the call if there is no other way.
using Executor = std::function<void(std::function<void()>)>;

struct Options {
    /// Namespaces that are served; `rpc` always is.
    std::vector<std::string> modules = {"eth", "net", "web3"};

    size_t batch_items_max = 1000;
    size_t batch_bytes_max = 25'000'000;   ///< Of the answers together.
    uint32_t request_timeout_ms = 30'000;  ///< For a body with all its calls; 0: none.

    uint64_t gas_cap = 50'000'000;  ///< Of eth_call and eth_estimateGas, silently; 0: none.
    uint32_t call_timeout_ms = 5000;
    uint256 tx_fee_cap_wei = 1'000'000'000'000'000'000;  ///< gas limit times price; 0: none.

    size_t fee_history_blocks_max = 1024;
    size_t fee_history_percentiles_max = 100;

    size_t log_terms_max = 1000;   ///< Addresses, and topics per position.
    uint64_t log_blocks_max = 0;   ///< 0: no limit.
    uint64_t log_results_max = 0;  ///< 0: no limit.

    /// Accounts that are unlocked sign for whoever comes through this door, and can be unlocked
    /// here. Where it is false, only calls that bring the password sign.
    bool unlocked_accounts = false;

    /// Where slow methods run, and batches go on after an asynchronous answer. Empty: slow methods
    /// run on the thread of the request, batches go on where the answer came.
    Executor executor = {};
};

}  // namespace otento::rpc
