#include <otento/storage/hard_state.hpp>

#include <otento/base/hex.hpp>

#include <algorithm>

namespace otento::storage {
namespace {

constexpr uint8_t VERSION = 1;
constexpr size_t VOTE_BYTES = 1 + 8 + 8;
// version, raft id, node key, cluster, has base, index, term, snapshot bytes.
constexpr size_t BASE_FIXED_BYTES = 1 + 8 + 64 + 32 + 1 + 8 + 8 + 8;

HardStateError disk_error(DiskError error) {
    return {HardStateError::disk, error.code, std::move(error.text)};
}

struct Base {
    Identity identity;
    std::optional<LogBase> base;
};

Bytes encode(const Identity& self, const std::optional<LogBase>& base) {
    Bytes out;
    out.push_back(VERSION);
    append_be<uint64_t>(out, self.raft_id);
    append(out, self.node_key);
    append(out, self.cluster);
    out.push_back(base ? 1 : 0);
    const LogBase& value = base ? *base : LogBase{};
    append_be<uint64_t>(out, value.index);
    append_be<uint64_t>(out, value.term);
    append_be<uint64_t>(out, value.snapshot_bytes);
    append(out, value.configuration);
    return out;
}

std::optional<Base> decode(BytesView in) {
    if (in.size() < BASE_FIXED_BYTES || in[0] != VERSION) {
        return std::nullopt;
    }
    Base out;
    out.identity.raft_id = load_be<uint64_t>(in.data() + 1);
    out.identity.node_key = FixedBytes<64>::from(in.subspan(9, 64));
    out.identity.cluster = Hash::from(in.subspan(73, 32));
    if (in[105] != 0) {
        out.base = LogBase{.index = load_be<uint64_t>(in.data() + 106),
                           .term = load_be<uint64_t>(in.data() + 114),
                           .snapshot_bytes = load_be<uint64_t>(in.data() + 122),
                           .configuration = to_bytes(in.subspan(BASE_FIXED_BYTES))};
    }
    return out;
}

std::optional<HardState> decode_vote(BytesView in) {
    if (in.size() != VOTE_BYTES || in[0] != VERSION) {
        return std::nullopt;
    }
    return HardState{.term = load_be<uint64_t>(in.data() + 1),
                     .voted_for = load_be<uint64_t>(in.data() + 9)};
}

/// What differs, for the operator who mixed up two directories.
std::string difference(const std::string& directory, const Identity& found, const Identity& self) {
    std::string text = directory + " belongs to another node or cluster:";
    if (found.raft_id != self.raft_id) {
        text += " raft id " + std::to_string(found.raft_id) + " there, " +
                std::to_string(self.raft_id) + " here;";
    }
    if (found.node_key != self.node_key) {
        text += " node key " + to_hex(BytesView{found.node_key}.first(8)) + "... there, " +
                to_hex(BytesView{self.node_key}.first(8)) + "... here;";
    }
    if (found.cluster != self.cluster) {
        text +=
            " genesis " + to_hex0x(found.cluster) + " there, " + to_hex0x(self.cluster) + " here;";
    }
    text.back() = '.';
    return text;
}

}  // namespace

HardStateStore::HardStateStore(SlotFile vote, SlotFile base, const Identity& self)
    : vote_file_(std::move(vote)), base_file_(std::move(base)), self_(self) {}

Result<HardStateStore, HardStateError> HardStateStore::open(Disk& disk,
                                                            const std::string& directory,
                                                            const Identity& self) {
    auto vote = SlotFile::open(disk, directory, "vote", VOTE_BYTES);
    if (!vote) {
        return Err(disk_error(std::move(vote).error()));
    }
    auto base = SlotFile::open(disk, directory, "base", BASE_FIXED_BYTES + CONFIGURATION_BYTES_MAX);
    if (!base) {
        return Err(disk_error(std::move(base).error()));
    }
    HardStateStore out(std::move(vote).value(), std::move(base).value(), self);
    if (out.base_file_.value()) {
        const std::optional<Base> found = decode(*out.base_file_.value());
        if (!found) {
            return Err(HardStateError{HardStateError::damaged, DiskError::io,
                                      directory + "/base has another version or makes no sense"});
        }
        if (found->identity != self) {
            return Err(HardStateError{HardStateError::other_identity, DiskError::io,
                                      difference(directory, found->identity, self)});
        }
        out.base_ = found->base;
    } else if (out.vote_file_.value()) {
        return Err(HardStateError{
            HardStateError::damaged, DiskError::io,
            directory + "/base is damaged: who this directory belongs to is unknown"});
    } else {
        auto written = out.base_file_.write(encode(self, std::nullopt));
        if (!written) {
            return Err(disk_error(std::move(written).error()));
        }
    }
    if (out.vote_file_.damaged()) {
        return Err(HardStateError{
            HardStateError::damaged, DiskError::io,
            directory + "/vote is damaged: term and vote are unknown; remove the data "
                        "directory and let the node join again under a new raft id"});
    }
    if (out.vote_file_.value()) {
        const std::optional<HardState> state = decode_vote(*out.vote_file_.value());
        if (!state) {
            return Err(HardStateError{HardStateError::damaged, DiskError::io,
                                      directory + "/vote has another version or makes no sense"});
        }
        out.hard_state_ = *state;
    }
    return out;
}

Result<std::optional<Identity>, HardStateError> HardStateStore::read_identity(
    Disk& disk, const std::string& directory) {
    const auto names = disk.list(directory);
    if (!names) {
        return names.error().code == DiskError::not_found
                   ? Result<std::optional<Identity>, HardStateError>(std::nullopt)
                   : Err(disk_error(names.error()));
    }
    if (std::ranges::find(*names, "base") == names->end()) {
        return std::optional<Identity>{};
    }
    auto base = SlotFile::open(disk, directory, "base", BASE_FIXED_BYTES + CONFIGURATION_BYTES_MAX);
    if (!base) {
        return Err(disk_error(std::move(base).error()));
    }
    const auto found = base->value() ? decode(*base->value()) : std::nullopt;
    return found ? std::optional(found->identity) : std::nullopt;
}

DiskResult<void> HardStateStore::write_hard_state(const HardState& state) {
    Bytes out;
    out.push_back(VERSION);
    append_be<uint64_t>(out, state.term);
    append_be<uint64_t>(out, state.voted_for);
    TRY_VOID(vote_file_.write(out));
    hard_state_ = state;
    return {};
}

DiskResult<void> HardStateStore::write_base(const LogBase& base) {
    ASSERT(base.configuration.size() <= CONFIGURATION_BYTES_MAX);
    TRY_VOID(base_file_.write(encode(self_, base)));
    base_ = base;
    return {};
}

}  // namespace otento::storage
