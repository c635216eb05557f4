// Prometheus metrics: what the parts publish about themselves, read at scrape time.
#pragma once

#include <otento/consensus/ledger.hpp>
#include <otento/ordering/orderer.hpp>
#include <otento/p2p/network.hpp>

#include <memory>
#include <string>

namespace otento::node {

/// One reading of everything that is shown.
struct Readings {
    uint64_t raft_id = 0;
    ordering::Status orderer;
    consensus::LedgerStatus ledger;
    txpool::PoolCounts pool;
    std::vector<p2p::PeerStatus> peers;
    storage::StoreStatistics store;
    bool ready = false;
};

/// Thread-safe.
class Metrics {
  public:
    Metrics();
    ~Metrics();

    /// Text exposition format 0.0.4.
    [[nodiscard]] std::string render(const Readings& readings);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace otento::node
