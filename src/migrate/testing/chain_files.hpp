// Chains in folders that go away, and files to import into them, for tests.
#pragma once

#include <otento/chain/testing/fixture.hpp>
#include <otento/migrate/import.hpp>

namespace otento::migrate::testing {

/// One data directory with a chain of a genesis.
struct World {
    explicit World(const std::string& genesis_file);
    explicit World(types::Genesis genesis);

    Result<ImportReport, ImportFailure> import(const std::vector<std::string>& files,
                                               ImportOptions options = {});
    /// Closes and opens the chain.
    void reopen();

    chain::testing::TempFolder folder;
    types::Genesis genesis;
    std::unique_ptr<chain::Chain> chain;
    std::vector<std::string> found;  ///< Rules that imports found out about.
};

/// A GoQuorum genesis: Byzantium, key(1) to key(9) of chain/testing funded.
[[nodiscard]] types::Genesis classic_genesis();

/// Adds sealed blocks of transfers to a chain, as a node with raft id `raft_id` would; its node key
/// is node_key(raft_id).
void mint(chain::Chain& chain, uint64_t raft_id, unsigned blocks, unsigned transfers_each = 1);
/// Adds one block with these transactions.
void mint_block(chain::Chain& chain, uint64_t raft_id, std::deque<execution::Candidate> candidates);
[[nodiscard]] Hash node_key(uint64_t raft_id);

/// The chain's blocks as the bytes of a file.
[[nodiscard]] Bytes chain_file(const chain::Chain& chain);

/// Content of a gzip file, by the gzip program: a second opinion on our own reader.
[[nodiscard]] std::string gunzip(const std::string& path);

void write_file(const std::string& path, BytesView content);
[[nodiscard]] Bytes read_file(const std::string& path);

/// The items of a chain file.
[[nodiscard]] std::vector<Bytes> split_blocks(BytesView content);
[[nodiscard]] Bytes join_blocks(const std::vector<Bytes>& blocks);

}  // namespace otento::migrate::testing
