#include <otento/storage/testing/sim_disk.hpp>

namespace otento::storage::testing {
namespace {

// While the process writes, the system writes back some earlier version by itself now and then.
constexpr uint32_t WRITE_BACK_PER_MILLE = 60;

std::string directory_of(const std::string& path) {
    const size_t slash = path.find_last_of('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

void SimDisk::Inode::mark(uint64_t offset, size_t bytes) {
    if (bytes == 0) {
        return;
    }
    is_dirty.resize((current.size() + SECTOR - 1) / SECTOR);
    for (uint64_t sector = offset / SECTOR; sector <= (offset + bytes - 1) / SECTOR; ++sector) {
        if (!is_dirty[sector]) {
            is_dirty[sector] = true;
            dirty.push_back(static_cast<uint32_t>(sector));
        }
    }
}

void SimDisk::Inode::persist(uint32_t sector) {
    const size_t begin = size_t{sector} * SECTOR;
    const size_t end = std::min({begin + SECTOR, current.size(), durable.size()});
    if (begin < end) {
        std::memcpy(durable.data() + begin, current.data() + begin, end - begin);
    }
}

void SimDisk::Inode::clear_dirty() {
    for (const uint32_t sector : dirty) {
        if (sector < is_dirty.size()) {
            is_dirty[sector] = false;
        }
    }
    dirty.clear();
}

class SimDisk::SimFile final : public File {
  public:
    SimFile(SimDisk& disk, InodePtr inode) noexcept
        : disk_(disk), inode_(std::move(inode)), generation_(disk.generation_) {}

    [[nodiscard]] DiskResult<size_t> pread(uint64_t offset, std::span<uint8_t> out) const override {
        TRY_VOID(alive());
        const Bytes& data = inode_->current;
        const size_t n =
            offset >= data.size()
                ? 0
                : std::min<size_t>(out.size(), data.size() - static_cast<size_t>(offset));
        if (n != 0) {
            std::memcpy(out.data(), data.data() + offset, n);
        }
        return n;
    }

    [[nodiscard]] DiskResult<void> pwritev(uint64_t offset,
                                           std::span<const BytesView> parts) override {
        TRY_VOID(alive());
        size_t bytes = 0;
        for (const BytesView part : parts) {
            bytes += part.size();
        }
        TRY_VOID(grow(offset + bytes));
        TRY_VOID(disk_.begin_change("write"));
        if (disk_.random_.chance(WRITE_BACK_PER_MILLE)) {
            write_back_some();
        }
        const bool fails = disk_.random_.chance(disk_.write_error_per_mille_);
        size_t allowed = bytes;
        if (fails) {  // Some of it, in whole sectors.
            const uint64_t end = (offset + disk_.random_.below(bytes + 1)) / SECTOR * SECTOR;
            allowed = end > offset ? static_cast<size_t>(end - offset) : 0;
        }
        inode_->mark(offset, allowed);
        for (const BytesView part : parts) {
            const size_t n = std::min(allowed, part.size());
            if (n != 0) {
                std::memcpy(inode_->current.data() + offset, part.data(), n);
            }
            offset += n;
            allowed -= n;
        }
        if (fails) {
            return Err(DiskError{DiskError::io, "write: injected error"});
        }
        return disk_.power_fails() ? DiskResult<void>(Err(power_is_off())) : DiskResult<void>();
    }

    [[nodiscard]] DiskResult<void> preallocate(uint64_t size) override {
        TRY_VOID(alive());
        TRY_VOID(disk_.begin_change("preallocate"));
        TRY_VOID(grow(size));
        return disk_.power_fails() ? DiskResult<void>(Err(power_is_off())) : DiskResult<void>();
    }

    [[nodiscard]] DiskResult<void> truncate(uint64_t size) override {
        TRY_VOID(alive());
        TRY_VOID(disk_.begin_change("truncate"));
        TRY_VOID(grow(size));
        inode_->current.resize(size);
        return disk_.power_fails() ? DiskResult<void>(Err(power_is_off())) : DiskResult<void>();
    }

    [[nodiscard]] DiskResult<void> sync() override {
        TRY_VOID(alive());
        TRY_VOID(disk_.begin_change("sync"));
        ++disk_.syncs_;
        const bool power_fails = disk_.power_fails();
        if (power_fails) {
            write_back_some();
            return Err(power_is_off());
        }
        if (disk_.random_.chance(disk_.sync_error_per_mille_)) {
            write_back_some();
            inode_->clear_dirty();
            return Err(DiskError{DiskError::io, "sync: injected error"});
        }
        inode_->durable.resize(inode_->current.size());
        for (const uint32_t sector : inode_->dirty) {
            inode_->persist(sector);
        }
        inode_->clear_dirty();
        return {};
    }

    [[nodiscard]] DiskResult<uint64_t> size() const override {
        TRY_VOID(alive());
        return uint64_t{inode_->current.size()};
    }

  private:
    [[nodiscard]] DiskResult<void> alive() const {
        if (!disk_.powered_ || generation_ != disk_.generation_) {
            return Err(power_is_off());
        }
        return {};
    }
    [[nodiscard]] DiskResult<void> grow(uint64_t size) {
        const size_t old = inode_->current.size();
        if (size <= old) {
            return {};
        }
        if (disk_.free_bytes_) {
            if (size - old > *disk_.free_bytes_) {
                return Err(DiskError{DiskError::no_space, "write: no space left on device"});
            }
            *disk_.free_bytes_ -= size - old;
        }
        inode_->current.resize(size);
        if (old < inode_->durable.size()) {
            // It was cut shorter before: the zeros are news to the disk.
            inode_->mark(old, std::min<size_t>(size, inode_->durable.size()) - old);
        }
        return {};
    }
    void write_back_some() {
        for (const uint32_t sector : inode_->dirty) {
            if (disk_.random_.chance(500)) {
                inode_->persist(sector);
            }
        }
    }

    SimDisk& disk_;
    InodePtr inode_;
    uint64_t generation_;
};

DiskError SimDisk::power_is_off() {
    return {DiskError::io, "power is off"};
}

DiskResult<void> SimDisk::begin_change(const char* operation) {
    static_cast<void>(operation);
    if (!powered_) {
        return Err(power_is_off());
    }
    ++operations_;
    return {};
}

bool SimDisk::power_fails() noexcept {
    if (countdown_ != 0 && --countdown_ == 0) {
        powered_ = false;
    }
    return !powered_;
}

void SimDisk::reboot(bool power_loss) {
    ++generation_;
    countdown_ = 0;
    powered_ = true;
    if (!power_loss) {
        return;
    }
    for (const Change& change : pending_) {
        if (random_.chance(survival_per_mille_)) {
            apply(change);
        }
    }
    pending_.clear();
    entries_ = durable_entries_;
    for (auto& [path, inode] : entries_) {
        if (inode->durable.size() != inode->current.size() && random_.chance(survival_per_mille_)) {
            inode->durable.resize(inode->current.size());
        }
        for (const uint32_t sector : inode->dirty) {
            if (random_.chance(survival_per_mille_)) {
                inode->persist(sector);
            }
        }
        inode->clear_dirty();
        inode->current = inode->durable;
        inode->is_dirty.assign((inode->current.size() + SECTOR - 1) / SECTOR, false);
    }
}

void SimDisk::crash() {
    reboot(true);
}
void SimDisk::kill() {
    reboot(!powered_);
}

Bytes SimDisk::content(const std::string& path) const {
    const auto at = entries_.find(path);
    return at == entries_.end() ? Bytes{} : at->second->current;
}

void SimDisk::set_content(const std::string& path, Bytes content) {
    InodePtr& inode = entries_[path];
    if (inode == nullptr) {
        inode = std::make_shared<Inode>();
    }
    inode->clear_dirty();
    inode->durable = content;
    inode->current = std::move(content);
    durable_entries_[path] = inode;
}

void SimDisk::flip_bit(const std::string& path, uint64_t offset, unsigned bit) {
    Inode& inode = *entries_.at(path);
    const auto mask = static_cast<uint8_t>(1U << bit);
    inode.current[offset] ^= mask;
    if (offset < inode.durable.size()) {
        inode.durable[offset] ^= mask;
    }
}

void SimDisk::apply(const Change& change) {
    if (!change.removed.empty()) {
        durable_entries_.erase(change.removed);
    }
    if (!change.added.empty()) {
        durable_entries_[change.added] = change.inode;
    }
}

void SimDisk::change_directory(Change change) {
    if (!change.removed.empty()) {
        entries_.erase(change.removed);
    }
    if (!change.added.empty()) {
        entries_[change.added] = change.inode;
    }
    pending_.push_back(std::move(change));
}

DiskResult<std::unique_ptr<File>> SimDisk::open(const std::string& path, OpenMode mode) {
    if (!powered_) {
        return Err(power_is_off());
    }
    auto at = entries_.find(path);
    const bool creates = mode == OpenMode::create_new || mode == OpenMode::open_or_create;
    if (at != entries_.end() && mode == OpenMode::create_new) {
        return Err(DiskError{DiskError::already_exists, "open " + path + ": exists"});
    }
    if (at == entries_.end()) {
        if (!creates) {
            return Err(DiskError{DiskError::not_found, "open " + path + ": no such file"});
        }
        TRY_VOID(begin_change("create"));
        change_directory({.removed = "", .added = path, .inode = std::make_shared<Inode>()});
        if (power_fails()) {
            return Err(power_is_off());
        }
        at = entries_.find(path);
    }
    return std::make_unique<SimFile>(*this, at->second);
}

DiskResult<void> SimDisk::rename(const std::string& from, const std::string& to) {
    TRY_VOID(begin_change("rename"));
    const auto at = entries_.find(from);
    if (at == entries_.end()) {
        return Err(DiskError{DiskError::not_found, "rename " + from + ": no such file"});
    }
    change_directory({.removed = from, .added = to, .inode = at->second});
    return power_fails() ? DiskResult<void>(Err(power_is_off())) : DiskResult<void>();
}

DiskResult<void> SimDisk::remove(const std::string& path) {
    TRY_VOID(begin_change("remove"));
    const auto at = entries_.find(path);
    if (at == entries_.end()) {
        return Err(DiskError{DiskError::not_found, "remove " + path + ": no such file"});
    }
    if (free_bytes_) {
        *free_bytes_ += at->second->current.size();
    }
    change_directory({.removed = path, .added = "", .inode = nullptr});
    return power_fails() ? DiskResult<void>(Err(power_is_off())) : DiskResult<void>();
}

DiskResult<std::vector<std::string>> SimDisk::list(const std::string& directory) {
    if (!powered_) {
        return Err(power_is_off());
    }
    std::vector<std::string> names;
    for (const auto& [path, inode] : entries_) {
        if (directory_of(path) == directory) {
            names.push_back(path.substr(directory.size() + 1));
        }
    }
    return names;
}

DiskResult<void> SimDisk::create_directories(const std::string& /*directory*/) {
    return powered_ ? DiskResult<void>() : DiskResult<void>(Err(power_is_off()));
}

DiskResult<void> SimDisk::sync_directory(const std::string& directory) {
    TRY_VOID(begin_change("sync directory"));
    ++syncs_;
    if (power_fails()) {
        return Err(power_is_off());
    }
    std::vector<Change> others;
    for (Change& change : pending_) {
        const std::string& name = change.added.empty() ? change.removed : change.added;
        if (directory_of(name) == directory) {
            apply(change);
        } else {
            others.push_back(std::move(change));
        }
    }
    pending_ = std::move(others);
    return {};
}

DiskResult<std::unique_ptr<DiskLock>> SimDisk::lock(const std::string& /*path*/) {
    if (!powered_) {
        return Err(power_is_off());
    }
    return std::make_unique<DiskLock>();
}

}  // namespace otento::storage::testing
