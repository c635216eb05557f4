#include <otento/raft/validation.hpp>

#include <otento/raft/configuration.hpp>

namespace otento::raft {
namespace {

bool real_term(Term term) noexcept {
    return term > 0 && term <= TERM_MAX;
}

/// Index and term of an existing entry, or 0 and 0 for "before the first".
bool real_position(Index index, Term term, Term term_max) noexcept {
    return index <= INDEX_MAX && (index == 0) == (term == 0) && term <= term_max;
}

bool plausible(const RequestVote& m) noexcept {
    return real_term(m.term) && real_position(m.last_log_index, m.last_log_term, m.term);
}

bool plausible(const RequestVoteReply& m) noexcept {
    return m.term <= TERM_MAX && real_term(m.request_term);
}

bool payload_fits(const Entry& entry) noexcept {
    const size_t size = entry.payload == nullptr ? 0 : entry.payload->size();
    switch (entry.type) {
        case EntryType::noop:
            return size == 0;
        case EntryType::normal:
            return size <= UINT32_MAX;
        case EntryType::configuration:
            return size > 0 && size <= UINT32_MAX;
    }
    return false;
}

bool plausible(const AppendEntries& m) noexcept {
    if (!real_term(m.term) || m.request == 0 || m.entry_count != m.entries.size() ||
        !real_position(m.prev_log_index, m.prev_log_term, m.term)) {
        return false;
    }
    Index index = m.prev_log_index;
    Term term = m.prev_log_term;
    for (const Entry& entry : m.entries) {
        ++index;
        if (entry.index != index || entry.term < term ||
            !real_position(index, entry.term, m.term) || !payload_fits(entry)) {
            return false;
        }
        term = entry.term;
    }
    return true;
}

bool plausible(const AppendEntriesReply& m) noexcept {
    return real_term(m.term) && m.match_index <= INDEX_MAX && m.conflict_index <= INDEX_MAX &&
           m.conflict_term <= m.term && (m.request != 0 || !m.success);
}

bool plausible(const InstallSnapshot& m) noexcept {
    return real_term(m.term) && m.request != 0 && m.last_included_index > 0 &&
           real_position(m.last_included_index, m.last_included_term, m.term) &&
           m.offset <= INDEX_MAX && m.data.size() <= INDEX_MAX && well_formed(m.configuration);
}

bool plausible(const InstallSnapshotReply& m) noexcept {
    return real_term(m.term) && m.last_included_index <= INDEX_MAX &&
           m.next_offset <= 2 * INDEX_MAX;
}

bool plausible(const TimeoutNow& m) noexcept {
    return real_term(m.term);
}

bool plausible(const EntryInfo& entry) noexcept {
    switch (entry.type) {
        case EntryType::noop:
        case EntryType::normal:
            return true;
        case EntryType::configuration:
            return entry.configuration != nullptr &&
                   decode_configuration(*entry.configuration).has_value();
    }
    return false;
}

}  // namespace

Result<void, StepError> check_message(const Message& message, NodeId self) {
    const bool addressed = message.from != 0 && message.from != self && message.to == self;
    if (!addressed || !std::visit([](const auto& body) { return plausible(body); }, message.body)) {
        return Err(StepError::malformed_message);
    }
    return {};
}

Result<void, DecodeError> validate(const DurableState& durable) {
    if (durable.term > TERM_MAX ||
        !real_position(durable.snapshot_index, durable.snapshot_term, durable.term) ||
        !well_formed(durable.configuration)) {
        return Err(DecodeError::malformed);
    }
    Term term = durable.snapshot_term;
    for (const EntryInfo& entry : durable.entries) {
        if (entry.term == 0 || entry.term < term || entry.term > durable.term ||
            !plausible(entry)) {
            return Err(DecodeError::malformed);
        }
        term = entry.term;
    }
    return {};
}

}  // namespace otento::raft
