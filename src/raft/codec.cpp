#include <otento/raft/codec.hpp>

#include <otento/raft/reader.hpp>

namespace otento::raft {
namespace {

/// Positions in Message::body are the kinds on the wire; append only.
static_assert(std::variant_size_v<decltype(Message::body)> == 7);

constexpr size_t ENTRY_HEADER_BYTES = 8 + 1 + 4;

void put(Bytes& out, bool value) {
    append_be(out, static_cast<uint8_t>(value ? 1 : 0));
}
void put(Bytes& out, uint64_t value) {
    append_be(out, value);
}
void put(Bytes& out, uint32_t value) {
    append_be(out, value);
}

size_t payload_size(const Entry& entry) noexcept {
    return entry.payload == nullptr ? 0 : entry.payload->size();
}

void put_blob(Bytes& out, BytesView blob) {
    ASSERT(blob.size() <= UINT32_MAX);
    put(out, static_cast<uint32_t>(blob.size()));
    append(out, blob);
}

void write(Bytes& out, const RequestVote& m) {
    put(out, m.pre_vote);
    put(out, m.disrupt_leader);
    put(out, m.term);
    put(out, m.last_log_index);
    put(out, m.last_log_term);
}

void write(Bytes& out, const RequestVoteReply& m) {
    put(out, m.pre_vote);
    put(out, m.granted);
    put(out, m.term);
    put(out, m.request_term);
}

void write(Bytes& out, const AppendEntries& m) {
    put(out, m.term);
    put(out, m.request);
    put(out, m.prev_log_index);
    put(out, m.prev_log_term);
    put(out, m.leader_commit);
    put(out, m.read_round);
    ASSERT(m.entry_count == m.entries.size());
    put(out, m.entry_count);
    for (const Entry& entry : m.entries) {
        ASSERT(payload_size(entry) <= UINT32_MAX);
        put(out, entry.term);
        append_be(out, static_cast<uint8_t>(entry.type));
        put(out, static_cast<uint32_t>(payload_size(entry)));
    }
}

void write(Bytes& out, const AppendEntriesReply& m) {
    put(out, m.term);
    put(out, m.request);
    put(out, m.success);
    put(out, m.match_index);
    put(out, m.conflict_index);
    put(out, m.conflict_term);
    put(out, m.read_round);
}

void write(Bytes& out, const InstallSnapshot& m) {
    put(out, m.term);
    put(out, m.request);
    put(out, m.last_included_index);
    put(out, m.last_included_term);
    put_blob(out, encode_configuration(m.configuration));
    put(out, m.offset);
    put(out, m.done);
    put_blob(out, m.data);
}

void write(Bytes& out, const InstallSnapshotReply& m) {
    put(out, m.term);
    put(out, m.request);
    put(out, m.last_included_index);
    put(out, m.next_offset);
    put(out, m.installed);
}

void write(Bytes& out, const TimeoutNow& m) {
    put(out, m.term);
}

// Braced initialisers are evaluated in order, so the fields are read in theirs.

RequestVote read_request_vote(Reader& in) {
    return {.pre_vote = in.read_bool(),
            .disrupt_leader = in.read_bool(),
            .term = in.read<uint64_t>(),
            .last_log_index = in.read<uint64_t>(),
            .last_log_term = in.read<uint64_t>()};
}

RequestVoteReply read_request_vote_reply(Reader& in) {
    return {.pre_vote = in.read_bool(),
            .granted = in.read_bool(),
            .term = in.read<uint64_t>(),
            .request_term = in.read<uint64_t>()};
}

AppendEntries read_append_entries(Reader& in, std::vector<uint32_t>& payload_sizes) {
    AppendEntries m{.term = in.read<uint64_t>(),
                    .request = in.read<uint64_t>(),
                    .prev_log_index = in.read<uint64_t>(),
                    .prev_log_term = in.read<uint64_t>(),
                    .leader_commit = in.read<uint64_t>(),
                    .read_round = in.read<uint64_t>(),
                    .entry_count = in.read<uint32_t>(),
                    .entries = {}};
    if (m.entry_count > in.rest().size() / ENTRY_HEADER_BYTES) {
        in.fail();
        return {};
    }
    m.entries.reserve(m.entry_count);
    payload_sizes.reserve(m.entry_count);
    for (uint32_t i = 0; i < m.entry_count; ++i) {
        Entry entry{.index = m.prev_log_index + 1 + i, .term = in.read<uint64_t>(), .payload = {}};
        const auto type = in.read<uint8_t>();
        if (type > static_cast<uint8_t>(EntryType::configuration)) {
            in.fail();
        }
        entry.type = static_cast<EntryType>(type);
        payload_sizes.push_back(in.read<uint32_t>());
        m.entries.push_back(std::move(entry));
    }
    return m;
}

AppendEntriesReply read_append_entries_reply(Reader& in) {
    return {.term = in.read<uint64_t>(),
            .request = in.read<uint64_t>(),
            .success = in.read_bool(),
            .match_index = in.read<uint64_t>(),
            .conflict_index = in.read<uint64_t>(),
            .conflict_term = in.read<uint64_t>(),
            .read_round = in.read<uint64_t>()};
}

InstallSnapshot read_install_snapshot(Reader& in) {
    InstallSnapshot m{.term = in.read<uint64_t>(),
                      .request = in.read<uint64_t>(),
                      .last_included_index = in.read<uint64_t>(),
                      .last_included_term = in.read<uint64_t>(),
                      .configuration = {},
                      .data = {}};
    auto configuration = decode_configuration(in.take(in.read<uint32_t>()));
    if (!configuration) {
        in.fail();
        return {};
    }
    m.configuration = *std::move(configuration);
    m.offset = in.read<uint64_t>();
    m.done = in.read_bool();
    m.data = to_bytes(in.take(in.read<uint32_t>()));
    return m;
}

InstallSnapshotReply read_install_snapshot_reply(Reader& in) {
    return {.term = in.read<uint64_t>(),
            .request = in.read<uint64_t>(),
            .last_included_index = in.read<uint64_t>(),
            .next_offset = in.read<uint64_t>(),
            .installed = in.read_bool()};
}

void read_body(Reader& in, uint8_t kind, DecodedHeader& out) {
    auto& body = out.message.body;
    switch (kind) {
        case 0:
            body = read_request_vote(in);
            break;
        case 1:
            body = read_request_vote_reply(in);
            break;
        case 2:
            body = read_append_entries(in, out.payload_sizes);
            break;
        case 3:
            body = read_append_entries_reply(in);
            break;
        case 4:
            body = read_install_snapshot(in);
            break;
        case 5:
            body = read_install_snapshot_reply(in);
            break;
        case 6:
            body = TimeoutNow{.term = in.read<uint64_t>()};
            break;
        default:
            in.fail();
    }
}

}  // namespace

Bytes encode_header(const Message& message) {
    Bytes out;
    append_be(out, MESSAGE_VERSION);
    append_be(out, static_cast<uint8_t>(message.body.index()));
    put(out, message.from);
    put(out, message.to);
    std::visit([&](const auto& body) { write(out, body); }, message.body);
    return out;
}

Bytes encode_message(const Message& message) {
    Bytes out = encode_header(message);
    if (const auto* append_entries = std::get_if<AppendEntries>(&message.body)) {
        for (const Entry& entry : append_entries->entries) {
            if (entry.payload != nullptr) {
                append(out, *entry.payload);
            }
        }
    }
    return out;
}

Result<DecodedHeader, DecodeError> decode_header(BytesView in) {
    Reader reader(in);
    DecodedHeader out;
    const auto version = reader.read<uint8_t>();
    const auto kind = reader.read<uint8_t>();
    out.message.from = reader.read<uint64_t>();
    out.message.to = reader.read<uint64_t>();
    if (version != MESSAGE_VERSION) {
        return Err(DecodeError::malformed);
    }
    read_body(reader, kind, out);
    if (!reader.ok()) {
        return Err(DecodeError::malformed);
    }
    out.header_bytes = in.size() - reader.rest().size();
    return out;
}

Result<Message, DecodeError> decode_message(BytesView in) {
    TRY(DecodedHeader header, decode_header(in));
    Reader reader(in.subspan(header.header_bytes));
    if (auto* append_entries = std::get_if<AppendEntries>(&header.message.body)) {
        for (size_t i = 0; i < append_entries->entries.size(); ++i) {
            Entry& entry = append_entries->entries[i];
            const BytesView payload = reader.take(header.payload_sizes[i]);
            if (!reader.ok()) {
                return Err(DecodeError::malformed);
            }
            if (entry.type != EntryType::noop || !payload.empty()) {
                entry.payload = std::make_shared<const Bytes>(payload.begin(), payload.end());
            }
        }
    }
    if (!reader.ok() || !reader.rest().empty()) {
        return Err(DecodeError::malformed);
    }
    return std::move(header.message);
}

}  // namespace otento::raft
