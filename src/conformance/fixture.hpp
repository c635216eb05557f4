// Test fixtures as plain data.
#pragma once

#include <otento/execution/block_context.hpp>
#include <otento/state/memory_state.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otento::conformance {

/// Accounts by address, in the form in which a MemoryState takes them at no cost.
using Accounts = state::StateDiff;

/// Blob limits by the fork's name in the files ("Cancun", "BPO1", …).
using BlobSchedule = std::map<std::string, types::BlobParams>;

struct StateExpectation {
    std::string fork;
    Hash root;
    Hash logs_hash;
    size_t data = 0;  ///< Indexes into the transaction's arrays.
    size_t gas = 0;
    size_t value = 0;
    std::optional<Bytes> tx_bytes;
    std::string exception;  ///< Empty: the transaction is valid.
    std::optional<Accounts> accounts;
};

/// A transaction's alternatives. A number that does not fit its type is absent: such a transaction
/// is invalid.
struct TransactionTemplate {
    types::Transaction fixed;  ///< Everything that does not vary.
    bool representable = true;
    std::vector<Bytes> data;
    std::vector<std::optional<types::AccessList>>
        access_lists;  ///< By index of data; empty: none given.
    std::vector<std::optional<uint64_t>> gas_limits;
    std::vector<std::optional<uint256>> values;
    Address sender;
};

struct StateFixture {
    std::string name;
    execution::BlockContext block;  ///< Without blob base fee, which depends on the fork.
    std::map<uint64_t, Hash> block_hashes;
    bool base_fee_given = false;
    uint64_t excess_blob_gas = 0;
    std::optional<std::pair<uint64_t, uint64_t>> parent_blob_gas;  ///< Excess and used.
    uint64_t chain_id = 1;
    BlobSchedule blob_schedule;
    Accounts pre;
    TransactionTemplate transaction;
    std::vector<StateExpectation> expectations;
};

struct BlockExpectation {
    Bytes rlp;
    std::optional<std::string> exception;  ///< Present: the block must be refused.
};

struct BlockFixture {
    std::string name;
    std::string network;
    uint64_t chain_id = 1;
    BlobSchedule blob_schedule;
    Bytes genesis_rlp;  ///< Empty in old files: then only the header is known.
    types::Header genesis_header;
    Accounts pre;
    std::vector<BlockExpectation> blocks;
    Hash last_block_hash;
    std::optional<Accounts> post;
    std::optional<Hash> post_root;
};

struct FixtureFile {
    std::vector<StateFixture> states;
    std::vector<BlockFixture> chains;
    size_t others = 0;  ///< Tests of kinds that are not judged here.
};

/// Parses a file of state or block tests; the error says where it is malformed.
[[nodiscard]] Result<FixtureFile, std::string> parse_fixtures(std::string_view json);

}  // namespace otento::conformance
