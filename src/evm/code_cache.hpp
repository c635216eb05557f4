// Analysed code: padded bytes and the bitmap of valid jump destinations (Yellow Paper 9.4.3),
// cached by code hash.
#pragma once

#include <otento/base/bytes.hpp>

#include <memory>
#include <unordered_map>
#include <vector>

namespace otento::evm {

/// Code as the interpreter reads it. Immutable while pinned.
class AnalysedCode {
  public:
    /// Zero bytes behind the code: a PUSH32 at its very end reads them, and running off the end
    /// meets STOP.
    static constexpr size_t PADDING = 40;

    /// Replaces the content; buffers are reused.
    void assign(BytesView code);

    [[nodiscard]] const uint8_t* data() const noexcept { return padded_.data(); }
    [[nodiscard]] size_t size() const noexcept { return size_; }
    /// One bit per code byte, low bit first.
    [[nodiscard]] const uint64_t* jump_destinations() const noexcept { return bitmap_.data(); }
    /// Heap bytes held.
    [[nodiscard]] size_t footprint() const noexcept {
        return padded_.capacity() + bitmap_.capacity() * sizeof(uint64_t);
    }

  private:
    Bytes padded_;
    std::vector<uint64_t> bitmap_;
    size_t size_ = 0;
};

struct ForkRules;
struct Translation;

/// Bounded cache of analysed code with second-chance eviction. One per thread, not locked: the
/// ledger thread and each RPC thread own one, and hand it to every Evm they make.
///
/// Code that has proved hot is also translated into register form (translation.hpp).
class CodeCache {
  public:
    struct Entry {
        Entry();
        ~Entry();
        AnalysedCode code;
        Hash hash;
        uint32_t pins = 0;
        bool recently_used = false;
        size_t slot = 0;         ///< Place in the eviction ring.
        size_t footprint = 0;    ///< Heap bytes.
        uint64_t gas_spent = 0;  ///< By all frames that ran the code.
        std::unique_ptr<Translation> translation;
    };

    /// @param capacity         Heap bytes for cached code; may be passed by what frames pin.
    /// @param translate_after  Gas per code byte that frames must have spent before code counts as
    ///                         hot; 0 translates at the first use.
    explicit CodeCache(size_t capacity = DEFAULT_CAPACITY,
                       uint64_t translate_after = DEFAULT_TRANSLATE_AFTER)
        : capacity_(capacity), translate_after_(translate_after) {}
    CodeCache(const CodeCache&) = delete;
    CodeCache& operator=(const CodeCache&) = delete;

    /// The analysis of `code`, whose Keccak-256 is `hash`; made at the first request. Stays until
    /// unpinned.
    [[nodiscard]] Entry* pin(const Hash& hash, BytesView code);
    /// @param gas_spent  By the frame that lets go.
    void unpin(Entry* entry, uint64_t gas_spent = 0) noexcept {
        --entry->pins;
        entry->gas_spent += std::min(gas_spent, GAS_COUNTED_MAX);
    }

    /// Register form of pinned code under these rules, or null while it is not hot.
    [[nodiscard]] const Translation* translation(Entry& entry, const ForkRules& rules);

    /// Heap bytes in use, about.
    [[nodiscard]] size_t footprint() const noexcept { return footprint_; }
    [[nodiscard]] size_t size() const noexcept { return ring_.size(); }

    static constexpr size_t DEFAULT_CAPACITY = size_t{16} << 20;
    /// Translating a byte takes about as long as a hundred gas of plain execution.
    static constexpr uint64_t DEFAULT_TRANSLATE_AFTER = 64;

  private:
    static constexpr size_t ENTRY_OVERHEAD = sizeof(Entry) + 96;

    static constexpr uint64_t GAS_COUNTED_MAX = uint64_t{1} << 40;

    void grow(Entry& entry, size_t bytes);
    void evict();

    std::unordered_map<Hash, std::unique_ptr<Entry>> entries_;
    std::vector<Entry*> ring_;
    size_t hand_ = 0;
    size_t footprint_ = 0;
    size_t capacity_;
    uint64_t translate_after_;
};

}  // namespace otento::evm
