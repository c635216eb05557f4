// Messages as bytes. Layout of version 1 (big-endian): version, kind, from, to, the fields of the
// kind in the order of raft.hpp; for AppendEntries the entries as a table of (term, type, size) and
// behind it their payloads one after the other, so that a sender may pass them on without copying
// and a receiver may read each into its own buffer.
#pragma once

#include <otento/raft/raft.hpp>

namespace otento::raft {

inline constexpr uint8_t MESSAGE_VERSION = 1;

/// AppendEntries must have its entries filled in, here and below.
[[nodiscard]] Bytes encode_message(const Message& message);

/// Everything but the entry payloads, which follow on the wire in order.
[[nodiscard]] Bytes encode_header(const Message& message);

struct DecodedHeader {
    Message message;                      ///< Entries have null payloads.
    std::vector<uint32_t> payload_sizes;  ///< One per entry.
    size_t header_bytes = 0;
};

/// Reads the header at the front of `in`; what follows it is not looked at. Memory is bounded by
/// the size of `in`. Semantic checks are left to Raft::step.
[[nodiscard]] Result<DecodedHeader, DecodeError> decode_header(BytesView in);

/// Strict: the whole of `in` is one message. Each payload is copied once, into its own buffer.
[[nodiscard]] Result<Message, DecodeError> decode_message(BytesView in);

}  // namespace otento::raft
