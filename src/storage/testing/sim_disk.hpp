// A disk in memory that forgets: what was not synced survives a power loss by chance only, sector
// by sector and directory entry by directory entry. Deterministic for its seed. For tests and the
// simulator.
#pragma once

#include <otento/base/random.hpp>
#include <otento/storage/disk.hpp>

#include <map>
#include <optional>

namespace otento::storage::testing {

/// Not thread-safe. Files opened before a crash answer with errors after it.
class SimDisk final : public Disk {
  public:
    static constexpr size_t SECTOR = 512;

    explicit SimDisk(uint64_t seed) : random_(seed) {}

    // --- Faults

    /// Power loss: each unsynced sector, size and directory change is kept or lost by itself.
    void crash();
    /// The process dies and the system lives: nothing written is lost, nothing becomes durable.
    void kill();
    /// Power goes off in the midst of the n-th changing operation from now (1: the next); until
    /// crash() is called everything fails. 0 cancels.
    void power_off_after(uint64_t operations) noexcept { countdown_ = operations; }
    [[nodiscard]] bool powered() const noexcept { return powered_; }
    /// Chance per 1000 that a write or a sync fails. A failed write may be partial; after a failed
    /// sync the unsynced sectors are lost or not, but no longer known as unsynced, as on Linux.
    void set_error_chance(uint32_t write_per_mille, uint32_t sync_per_mille) noexcept {
        write_error_per_mille_ = write_per_mille;
        sync_error_per_mille_ = sync_per_mille;
    }
    /// Bytes that files may still grow by; empty: no limit.
    void set_free_bytes(std::optional<uint64_t> bytes) noexcept { free_bytes_ = bytes; }
    /// Chance per 1000 that an unsynced sector or entry survives crash().
    void set_survival(uint32_t per_mille) noexcept { survival_per_mille_ = per_mille; }

    // --- Bytes at rest, as written and as durable

    [[nodiscard]] bool exists(const std::string& path) const { return entries_.contains(path); }
    [[nodiscard]] Bytes content(const std::string& path) const;
    /// Replaces the durable content.
    void set_content(const std::string& path, Bytes content);
    void flip_bit(const std::string& path, uint64_t offset, unsigned bit);
    /// Changing operations so far.
    [[nodiscard]] uint64_t operations() const noexcept { return operations_; }
    [[nodiscard]] uint64_t syncs() const noexcept { return syncs_; }

    // --- Disk

    [[nodiscard]] DiskResult<std::unique_ptr<File>> open(const std::string& path,
                                                         OpenMode mode) override;
    [[nodiscard]] DiskResult<void> rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] DiskResult<void> remove(const std::string& path) override;
    [[nodiscard]] DiskResult<std::vector<std::string>> list(const std::string& directory) override;
    [[nodiscard]] DiskResult<void> create_directories(const std::string& directory) override;
    [[nodiscard]] DiskResult<void> sync_directory(const std::string& directory) override;
    [[nodiscard]] DiskResult<std::unique_ptr<DiskLock>> lock(const std::string& path) override;

  private:
    struct Inode {
        Bytes current;
        Bytes durable;
        std::vector<uint32_t> dirty;  // Sectors of `current` written since they last were synced.
        std::vector<bool> is_dirty;

        void mark(uint64_t offset, size_t bytes);
        void persist(uint32_t sector);
        void clear_dirty();
    };
    using InodePtr = std::shared_ptr<Inode>;
    struct Change {
        std::string removed;  // Empty: nothing.
        std::string added;    // Empty: nothing.
        InodePtr inode;
    };
    class SimFile;

    [[nodiscard]] DiskResult<void> begin_change(const char* operation);
    [[nodiscard]] bool power_fails() noexcept;
    [[nodiscard]] static DiskError power_is_off();
    void change_directory(Change change);
    void apply(const Change& change);
    void reboot(bool power_loss);

    Random random_;
    std::map<std::string, InodePtr> entries_;
    std::map<std::string, InodePtr> durable_entries_;
    std::vector<Change> pending_;
    uint64_t generation_ = 0;  // Files of an older one are dead.
    uint64_t countdown_ = 0;
    bool powered_ = true;
    uint32_t write_error_per_mille_ = 0;
    uint32_t sync_error_per_mille_ = 0;
    uint32_t survival_per_mille_ = 500;
    std::optional<uint64_t> free_bytes_;
    uint64_t operations_ = 0;
    uint64_t syncs_ = 0;
};

}  // namespace otento::storage::testing
