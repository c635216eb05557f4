// Programs of vectors/evm-bench with what they must answer.
#pragma once

#include <otento/evm/evm.hpp>
#include <otento/evm/testing/memory_host.hpp>

#include <map>
#include <string>

namespace otento::evm::testing {

struct BenchExpectation {
    std::string status;
    uint64_t gas_used = 0;
    int64_t refund = 0;
    Bytes output;
    uint64_t logs = 0;
    Hash logs_hash;
};

struct BenchVector {
    struct Account {
        uint256 balance;
        uint64_t nonce = 0;
        Bytes code;
        std::vector<std::pair<Hash, Hash>> storage;
    };

    std::string name;
    TxContext context;
    std::map<Address, Account> pre;
    Address from;
    Address to;
    uint256 value;
    uint64_t gas = 0;
    Bytes data;
    std::map<Fork, BenchExpectation> expect;

    /// Puts `pre` and the block values into an empty host.
    void build(MemoryHost& host) const;
    /// Warms what a transaction would, and gives the message to execute.
    [[nodiscard]] Message begin(MemoryHost& host, Fork fork) const;
    /// What differs from the expectation, or empty text.
    [[nodiscard]] std::string judge(const MemoryHost& host, Fork fork,
                                    const CallResult& result) const;
};

/// All vectors of one file.
[[nodiscard]] std::vector<BenchVector> load_bench_vectors(const std::string& path);

}  // namespace otento::evm::testing
