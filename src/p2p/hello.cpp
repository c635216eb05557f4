#include <otento/p2p/hello.hpp>

#include <otento/base/rlp.hpp>

namespace otento::p2p {
namespace {

// After the version, which the caller has read.
Result<Hello, rlp::Error> read_rest(rlp::Reader& items) {
    Hello hello;
    TRY(hello.network_id, items.read_uint64());
    TRY(hello.genesis_hash, items.read_fixed<32>());
    TRY(hello.raft_id, items.read_uint64());
    TRY(const uint64_t lane, items.read_uint64());
    TRY(hello.instance, items.read_uint64());
    TRY(hello.birth, items.read_uint64());
    TRY_VOID(items.finish());
    if (lane > static_cast<uint64_t>(Lane::questions)) {
        return Err(rlp::Error::overflow);
    }
    hello.lane = static_cast<Lane>(lane);
    return hello;
}

}  // namespace

std::string_view to_string(Lane lane) noexcept {
    switch (lane) {
        case Lane::p2p:
            return "p2p";
        case Lane::raft_urgent:
            return "raft";
        case Lane::raft_bulk:
            return "raft-bulk";
        case Lane::questions:
            return "questions";
    }
    return "unknown";
}

std::string_view to_string(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::malformed:
            return "malformed hello";
        case Refusal::version:
            return "other protocol version";
        case Refusal::network_id:
            return "other network id";
        case Refusal::genesis:
            return "other genesis block";
        case Refusal::not_member:
            return "node key is not a member of the cluster";
        case Refusal::raft_id:
            return "raft id does not belong to the node key";
        case Refusal::lane:
            return "wrong port";
        case Refusal::unexpected_frame:
            return "unexpected frame";
        case Refusal::other_log:
            return "this raft id has been here with another raft log";
        case Refusal::permission:
            return "permission denied";
        case Refusal::used_twice:
            return "another process with this node key is connected";
    }
    return "unknown";
}

Bytes encode_hello(const Hello& hello) {
    rlp::Writer out;
    out.begin_list()
        .uint(hello.version)
        .uint(hello.network_id)
        .string(hello.genesis_hash)
        .uint(hello.raft_id)
        .uint(static_cast<uint64_t>(hello.lane))
        .uint(hello.instance)
        .uint(hello.birth)
        .end_list();
    return out.take();
}

Result<Hello, Refusal> decode_hello(BytesView body) {
    rlp::Reader message(body);
    auto items = message.read_list();
    if (!items || !message.at_end()) {
        return Err(Refusal::malformed);
    }
    const auto version = items->read_uint64();
    if (!version) {
        return Err(Refusal::malformed);
    }
    if (*version != PROTOCOL_VERSION) {
        return Err(Refusal::version);
    }
    const auto hello = read_rest(*items);
    if (!hello) {
        return Err(Refusal::malformed);
    }
    return *hello;
}

Bytes encode_clock(uint64_t unix_ms) {
    rlp::Writer out;
    out.begin_list().uint(unix_ms).end_list();
    return out.take();
}

std::optional<uint64_t> decode_clock(BytesView body) noexcept {
    rlp::Reader message(body);
    auto items = message.read_list();
    const auto unix_ms = items ? items->read_uint64() : Result<uint64_t, rlp::Error>(uint64_t{0});
    return items && unix_ms ? std::optional(*unix_ms) : std::nullopt;
}

Bytes encode_refusal(Refusal refusal) {
    rlp::Writer out;
    out.begin_list().uint(static_cast<uint64_t>(refusal)).end_list();
    return out.take();
}

Refusal decode_refusal(BytesView body) noexcept {
    rlp::Reader message(body);
    auto items = message.read_list();
    const auto code = items ? items->read_uint64() : Result<uint64_t, rlp::Error>(uint64_t{0});
    const bool known = code && *code >= static_cast<uint64_t>(Refusal::malformed) &&
                       *code <= static_cast<uint64_t>(Refusal::used_twice);
    return known ? static_cast<Refusal>(*code) : Refusal::malformed;
}

Result<void, Refusal> check_hello(const Hello& theirs, const Hello& ours,
                                  uint64_t expected_raft_id) noexcept {
    if (theirs.version != ours.version) {
        return Err(Refusal::version);
    }
    if (theirs.network_id != ours.network_id) {
        return Err(Refusal::network_id);
    }
    if (theirs.genesis_hash != ours.genesis_hash) {
        return Err(Refusal::genesis);
    }
    if (theirs.raft_id != expected_raft_id && theirs.lane != Lane::questions) {
        return Err(Refusal::raft_id);
    }
    if (theirs.lane != ours.lane) {
        return Err(Refusal::lane);
    }
    return {};
}

}  // namespace otento::p2p
