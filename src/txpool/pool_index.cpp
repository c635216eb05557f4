#include <otento/txpool/pool_index.hpp>

#include <algorithm>
#include <tuple>

namespace otento::txpool {

PooledPtr PoolIndex::find(const Hash& hash) const {
    return by_hash_[shard_of(hash)].with([&](const ByHash& map) -> PooledPtr {
        const auto found = map.find(hash);
        return found == map.end() ? nullptr : found->second;
    });
}

std::optional<uint64_t> PoolIndex::next_nonce(const Address& address) const {
    return next_nonces_[shard_of(address)].with([&](const Nonces& map) -> std::optional<uint64_t> {
        const auto found = map.find(address);
        return found == map.end() ? std::nullopt : std::optional{found->second};
    });
}

PoolCounts PoolIndex::counts() const noexcept {
    return {.executable = executable_.load(std::memory_order_relaxed),
            .queued = queued_.load(std::memory_order_relaxed),
            .bytes = bytes_.load(std::memory_order_relaxed)};
}

std::vector<PoolIndex::Entry> PoolIndex::content() const {
    std::vector<Entry> out;
    for (const auto& shard : by_hash_) {
        shard.with([&](const ByHash& map) {
            for (const auto& [hash, tx] : map) {
                out.push_back({.tx = tx});
            }
        });
    }
    std::ranges::sort(out, [](const Entry& a, const Entry& b) {
        return std::tie(a.tx->sender, a.tx->tx->nonce, a.tx->hash) <
               std::tie(b.tx->sender, b.tx->tx->nonce, b.tx->hash);
    });
    std::optional<uint64_t> next;
    for (size_t i = 0; i < out.size(); ++i) {
        if (i == 0 || out[i].tx->sender != out[i - 1].tx->sender) {
            next = next_nonce(out[i].tx->sender);
        }
        out[i].executable = next && out[i].tx->tx->nonce < *next;
    }
    return out;
}

std::vector<PoolIndex::Entry> PoolIndex::content_of(const Address& sender) const {
    std::vector<Entry> out = content();
    std::erase_if(out, [&](const Entry& entry) { return entry.tx->sender != sender; });
    return out;
}

void PoolIndex::insert(PooledPtr tx) {
    const Hash hash = tx->hash;
    by_hash_[shard_of(hash)].with([&](ByHash& map) { map.insert_or_assign(hash, std::move(tx)); });
}

PooledPtr PoolIndex::erase(const Hash& hash) {
    return by_hash_[shard_of(hash)].with([&](ByHash& map) -> PooledPtr {
        auto node = map.extract(hash);
        return node ? std::move(node.mapped()) : nullptr;
    });
}

void PoolIndex::set_next_nonce(const Address& address, std::optional<uint64_t> nonce) {
    next_nonces_[shard_of(address)].with([&](Nonces& map) {
        if (nonce) {
            map.insert_or_assign(address, *nonce);
        } else {
            map.erase(address);
        }
    });
}

void PoolIndex::set_counts(const PoolCounts& counts) noexcept {
    executable_.store(counts.executable, std::memory_order_relaxed);
    queued_.store(counts.queued, std::memory_order_relaxed);
    bytes_.store(counts.bytes, std::memory_order_relaxed);
}

}  // namespace otento::txpool
