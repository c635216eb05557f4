// What a replica must never forget: its term and vote, who it is, and from where its log goes on.
// Two slot files in the log's directory: `vote` (written at every election) and `base` (rarely).
#pragma once

#include <otento/storage/slot_file.hpp>

namespace otento::storage {

/// Who a data directory belongs to. Fixed at the first start.
struct Identity {
    uint64_t raft_id = 0;
    FixedBytes<64> node_key;  ///< Public key of the node, x||y.
    Hash cluster;             ///< Fingerprint of the cluster: the genesis hash.
    friend bool operator==(const Identity&, const Identity&) = default;
};

struct HardState {
    uint64_t term = 0;
    uint64_t voted_for = 0;  ///< 0: nobody in this term.
    friend bool operator==(const HardState&, const HardState&) = default;
};

/// Where the log begins: the newest durable snapshot, or index 0 and the bootstrap configuration.
struct LogBase {
    uint64_t index = 0;
    uint64_t term = 0;
    uint64_t snapshot_bytes = 0;
    Bytes configuration;  ///< Members as of `index`, opaque here.
    friend bool operator==(const LogBase&, const LogBase&) = default;
};

struct HardStateError {
    enum Code {
        disk,            ///< The disk refused.
        other_identity,  ///< The directory belongs to another node or another cluster.
        damaged,         ///< Term and vote are lost: this replica may not vote again under this id.
    };
    Code code = disk;
    DiskError::Code disk_code = DiskError::io;  ///< With `disk`.
    std::string text;                           ///< For people.
};

class HardStateStore {
  public:
    static constexpr size_t CONFIGURATION_BYTES_MAX = 64 << 10;

    /// Reads the state in `directory`, which must exist; the first start writes `self` there.
    [[nodiscard]] static Result<HardStateStore, HardStateError> open(Disk& disk,
                                                                     const std::string& directory,
                                                                     const Identity& self);

    /// Whom `directory` belongs to; empty if it is absent, or nothing was started in it yet.
    [[nodiscard]] static Result<std::optional<Identity>, HardStateError> read_identity(
        Disk& disk, const std::string& directory);

    [[nodiscard]] const HardState& hard_state() const noexcept { return hard_state_; }
    /// Empty until the first write_base: a replica that was never bootstrapped and never joined.
    [[nodiscard]] const std::optional<LogBase>& base() const noexcept { return base_; }

    /// Durable when it returns.
    [[nodiscard]] DiskResult<void> write_hard_state(const HardState& state);
    /// Durable when it returns. The configuration has CONFIGURATION_BYTES_MAX bytes at most.
    [[nodiscard]] DiskResult<void> write_base(const LogBase& base);

  private:
    HardStateStore(SlotFile vote, SlotFile base, const Identity& self);

    SlotFile vote_file_;
    SlotFile base_file_;
    Identity self_;
    HardState hard_state_;
    std::optional<LogBase> base_;
};

}  // namespace otento::storage
