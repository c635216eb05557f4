#include <otento/raft/configuration.hpp>

#include <otento/raft/reader.hpp>

namespace otento::raft {
namespace {

constexpr uint8_t CONFIGURATION_VERSION = 1;

bool ascending(const std::vector<NodeId>& ids) noexcept {
    return std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>{}) == ids.end();
}

size_t voters_apart(const Configuration& a, const Configuration& b) noexcept {
    size_t apart = 0;
    for (const Member& member : a.members) {
        apart += member.voter && !b.is_voter(member.id) ? 1 : 0;
    }
    for (const Member& member : b.members) {
        apart += member.voter && !a.is_voter(member.id) ? 1 : 0;
    }
    return apart;
}

}  // namespace

const Member* Configuration::find(NodeId id) const noexcept {
    const auto it = std::lower_bound(members.begin(), members.end(), id,
                                     [](const Member& m, NodeId wanted) { return m.id < wanted; });
    return it != members.end() && it->id == id ? &*it : nullptr;
}

bool Configuration::is_voter(NodeId id) const noexcept {
    const Member* member = find(id);
    return member != nullptr && member->voter;
}

size_t Configuration::voters() const noexcept {
    return static_cast<size_t>(
        std::count_if(members.begin(), members.end(), [](const Member& m) { return m.voter; }));
}

bool well_formed(const Configuration& configuration) noexcept {
    const auto& [members, removed] = configuration;
    if (members.size() > MEMBERS_MAX || removed.size() > REMOVED_MAX || !ascending(removed)) {
        return false;
    }
    if (!removed.empty() && removed.front() == 0) {
        return false;
    }
    NodeId previous = 0;
    for (const Member& member : members) {
        if (member.id <= previous || member.address.size() > MEMBER_ADDRESS_BYTES_MAX ||
            std::binary_search(removed.begin(), removed.end(), member.id)) {
            return false;
        }
        previous = member.id;
    }
    return true;
}

Result<Configuration, StepError> next_configuration(const Configuration& current,
                                                    Configuration proposed) {
    std::sort(proposed.members.begin(), proposed.members.end(),
              [](const Member& a, const Member& b) { return a.id < b.id; });
    std::vector<NodeId>& removed = proposed.removed;
    removed.insert(removed.end(), current.removed.begin(), current.removed.end());
    for (const Member& member : current.members) {
        if (proposed.find(member.id) == nullptr) {
            removed.push_back(member.id);
        }
    }
    std::sort(removed.begin(), removed.end());
    removed.erase(std::unique(removed.begin(), removed.end()), removed.end());
    if (!well_formed(proposed) || proposed.voters() == 0 || voters_apart(current, proposed) > 1) {
        return Err(StepError::bad_change);
    }
    return proposed;
}

Bytes encode_configuration(const Configuration& configuration) {
    Bytes out;
    append_be(out, CONFIGURATION_VERSION);
    append_be(out, static_cast<uint32_t>(configuration.members.size()));
    for (const Member& member : configuration.members) {
        append_be(out, member.id);
        append_be(out, static_cast<uint8_t>(member.voter ? 1 : 0));
        append_be(out, static_cast<uint32_t>(member.address.size()));
        append(out, member.address);
    }
    append_be(out, static_cast<uint32_t>(configuration.removed.size()));
    for (const NodeId id : configuration.removed) {
        append_be(out, id);
    }
    return out;
}

Result<Configuration, DecodeError> decode_configuration(BytesView in) {
    Reader reader(in);
    Configuration configuration;
    const auto version = reader.read<uint8_t>();
    const auto members = reader.read<uint32_t>();
    // Counts are believed only as far as the bytes that follow can bear them out.
    if (!reader.ok() || version != CONFIGURATION_VERSION || members > MEMBERS_MAX) {
        return Err(DecodeError::malformed);
    }
    for (uint32_t i = 0; i < members && reader.ok(); ++i) {
        Member member;
        member.id = reader.read<uint64_t>();
        member.voter = reader.read_bool();
        member.address = to_bytes(reader.take(reader.read<uint32_t>()));
        configuration.members.push_back(std::move(member));
    }
    const auto removed = reader.read<uint32_t>();
    if (!reader.ok() || reader.rest().size() != size_t{removed} * sizeof(NodeId)) {
        return Err(DecodeError::malformed);
    }
    configuration.removed.reserve(removed);
    for (uint32_t i = 0; i < removed; ++i) {
        configuration.removed.push_back(reader.read<uint64_t>());
    }
    if (!well_formed(configuration)) {
        return Err(DecodeError::malformed);
    }
    return configuration;
}

}  // namespace otento::raft
