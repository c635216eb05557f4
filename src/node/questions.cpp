#include <otento/node/questions.hpp>

namespace otento::node {
namespace {

enum Kind : uint64_t {
    who_am_i = 1,
    open_state = 2,
    read_state = 3,
    ask_anchor = 4,
    hold_log = 5,
    hand_on = 6,
};

constexpr size_t FILES_MAX = 1'000'000;
constexpr size_t NAME_BYTES_MAX = 255;

struct Write {
    rlp::Writer& out;
    void operator()(const WhoAmI& who) const {
        out.uint(uint64_t{who_am_i})
            .string(who.token)
            .string(consensus::encode_member(who.address));
    }
    void operator()(const OpenState&) const { out.uint(uint64_t{open_state}); }
    void operator()(const ReadState& read) const {
        out.uint(uint64_t{read_state})
            .uint(read.handle)
            .uint(read.file)
            .uint(read.offset)
            .uint(read.length);
    }
    void operator()(const AskAnchor& anchor) const {
        out.uint(uint64_t{ask_anchor}).uint(anchor.index).uint(anchor.number);
    }
    void operator()(const HoldLog& hold) const { out.uint(uint64_t{hold_log}).uint(hold.index); }
    void operator()(const HandOn& given) const {
        out.uint(uint64_t{hand_on}).begin_list();
        for (const Bytes& transaction : given.transactions) {
            out.string(transaction);
        }
        out.end_list();
    }
};

Result<QuestionBody, rlp::Error> read_who(rlp::Reader& items) {
    WhoAmI out;
    TRY(const BytesView token, items.read_string());
    TRY(const BytesView address, items.read_string());
    out.token = to_bytes(token);
    TRY(out.address, consensus::decode_member(address));
    return QuestionBody(std::move(out));
}

Result<QuestionBody, rlp::Error> read_piece_question(rlp::Reader& items) {
    ReadState out;
    TRY(out.handle, items.read_uint64());
    TRY(out.file, items.read_uint64());
    TRY(out.offset, items.read_uint64());
    TRY(out.length, items.read_uint64());
    return QuestionBody(out);
}

Result<QuestionBody, rlp::Error> read_anchor_question(rlp::Reader& items) {
    AskAnchor out;
    TRY(out.index, items.read_uint64());
    TRY(out.number, items.read_uint64());
    return QuestionBody(out);
}

Result<QuestionBody, rlp::Error> read_hand_on(rlp::Reader& items) {
    HandOn out;
    TRY(rlp::Reader transactions, items.read_list());
    while (!transactions.at_end()) {
        TRY(const BytesView transaction, transactions.read_string());
        if (out.transactions.size() == HAND_ON_COUNT_MAX) {
            return Err(rlp::Error::overflow);
        }
        out.transactions.push_back(to_bytes(transaction));
    }
    return QuestionBody(std::move(out));
}

Result<QuestionBody, rlp::Error> read_question(uint64_t kind, rlp::Reader& items) {
    switch (kind) {
        case who_am_i:
            return read_who(items);
        case open_state:
            return QuestionBody(OpenState{});
        case read_state:
            return read_piece_question(items);
        case ask_anchor:
            return read_anchor_question(items);
        case hold_log: {
            TRY(const uint64_t index, items.read_uint64());
            return QuestionBody(HoldLog{index});
        }
        case hand_on:
            return read_hand_on(items);
        default:
            return Err(rlp::Error::overflow);
    }
}

bool plain_name(std::string_view name) {
    return !name.empty() && name.size() <= NAME_BYTES_MAX && name.front() != '.' &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

Bytes encode_question(const QuestionBody& question) {
    rlp::Writer out;
    out.begin_list();
    std::visit(Write{out}, question);
    return out.end_list().take();
}

Result<QuestionBody, rlp::Error> decode_question(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    TRY(const uint64_t kind, items.read_uint64());
    TRY(QuestionBody question, read_question(kind, items));
    TRY_VOID(items.finish());
    return question;
}

Bytes encode_you_are(const YouAre& answer) {
    rlp::Writer out;
    out.begin_list()
        .uint(answer.raft_id)
        .string(answer.configuration)
        .string(answer.member_keys)
        .uint(answer.commit_index)
        .uint(answer.leader)
        .uint(uint64_t{answer.removed})
        .string(bytes_of(answer.seen_host))
        .string(bytes_of(answer.text));
    return out.end_list().take();
}

Result<YouAre, rlp::Error> decode_you_are(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    YouAre out;
    TRY(out.raft_id, items.read_uint64());
    TRY(const BytesView configuration, items.read_string());
    TRY(const BytesView member_keys, items.read_string());
    TRY(out.commit_index, items.read_uint64());
    TRY(out.leader, items.read_uint64());
    TRY(const uint64_t removed, items.read_uint64());
    TRY(const BytesView seen_host, items.read_string());
    out.seen_host = as_text(seen_host);
    TRY(const BytesView text, items.read_string());
    out.configuration = to_bytes(configuration);
    out.member_keys = to_bytes(member_keys);
    out.removed = removed != 0;
    out.text = as_text(text);
    return out;
}

Bytes encode_state_offer(const StateOffer& offer) {
    rlp::Writer out;
    out.begin_list().uint(offer.handle).uint(offer.applied_index).begin_list();
    for (const StateFile& file : offer.files) {
        out.begin_list().string(bytes_of(file.name)).uint(file.size).end_list();
    }
    return out.end_list().end_list().take();
}

Result<StateOffer, rlp::Error> decode_state_offer(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    StateOffer out;
    TRY(out.handle, items.read_uint64());
    TRY(out.applied_index, items.read_uint64());
    TRY(rlp::Reader files, items.read_list());
    while (!files.at_end()) {
        TRY(rlp::Reader file, files.read_list());
        TRY(const BytesView name, file.read_string());
        TRY(const uint64_t size, file.read_uint64());
        if (!plain_name(as_text(name)) || out.files.size() == FILES_MAX ||
            size > UINT64_MAX - out.bytes) {
            return Err(rlp::Error::overflow);
        }
        out.bytes += size;
        out.files.push_back({.name = std::string(as_text(name)), .size = size});
    }
    return out;
}

Bytes encode_state_piece(const StatePiece& piece) {
    rlp::Writer out;
    out.begin_list()
        .uint(uint64_t{piece.ok})
        .uint(uint64_t{piece.crc32c})
        .string(piece.data)
        .end_list();
    return out.take();
}

Result<StatePiece, rlp::Error> decode_state_piece(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    StatePiece out;
    TRY(const uint64_t ok, items.read_uint64());
    TRY(const uint64_t crc32c, items.read_uint64());
    TRY(const BytesView data, items.read_string());
    if (crc32c > UINT32_MAX) {
        return Err(rlp::Error::overflow);
    }
    out.ok = ok != 0;
    out.crc32c = static_cast<uint32_t>(crc32c);
    out.data = to_bytes(data);
    return out;
}

Bytes encode_anchor(const Anchor& anchor) {
    rlp::Writer out;
    out.begin_list()
        .uint(uint64_t{anchor.ok})
        .uint(anchor.term)
        .string(anchor.configuration)
        .string(anchor.block_hash)
        .end_list();
    return out.take();
}

Result<Anchor, rlp::Error> decode_anchor(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    Anchor out;
    TRY(const uint64_t ok, items.read_uint64());
    out.ok = ok != 0;
    TRY(out.term, items.read_uint64());
    TRY(const BytesView configuration, items.read_string());
    out.configuration = to_bytes(configuration);
    TRY(out.block_hash, items.read_fixed<32>());
    return out;
}

Bytes encode_texts(const std::vector<std::string>& texts) {
    rlp::Writer out;
    out.begin_list();
    for (const std::string& text : texts) {
        out.string(bytes_of(text));
    }
    return out.end_list().take();
}

Result<std::vector<std::string>, rlp::Error> decode_texts(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    std::vector<std::string> out;
    while (!items.at_end()) {
        TRY(const BytesView text, items.read_string());
        if (out.size() == HAND_ON_COUNT_MAX) {
            return Err(rlp::Error::overflow);
        }
        out.emplace_back(as_text(text));
    }
    return out;
}

}  // namespace otento::node
