#include <otento/follow/source.hpp>

#include <otento/base/hex.hpp>
#include <otento/follow/rebuild.hpp>
#include <otento/jsonrpc/decode.hpp>

#include <fmt/core.h>

namespace otento::follow {
namespace {

using jsonrpc::Document;
using jsonrpc::Value;

constexpr int64_t METHOD_NOT_FOUND = -32601;
/// A block of 38 000 transfers (800 million gas) has 1.4 million values; a batch that has more is
/// asked for in smaller ones.
constexpr jsonrpc::ParseLimits LIMITS{
    .depth_max = 32, .values_max = 1u << 22, .bytes_max = size_t{256} << 20};

SourceFailure refused(std::string text) {
    return {.error = SourceError::refused, .text = std::move(text)};
}

SourceFailure wrong(uint64_t number, std::string_view text) {
    return {.error = SourceError::wrong_block,
            .text = fmt::format("block {} {}", number, text),
            .number = number};
}

std::string call_text(uint64_t id, std::string_view method, std::string_view params) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})", id, method,
                       params);
}

/// Message of an answer's error; empty if it has none.
std::string error_text(Value answer) {
    const auto error = answer.find("error");
    if (!error || !error->is_object()) {
        return {};
    }
    const auto message = error->find("message");
    return message && !message->text().empty() ? std::string(message->text()) : "an error";
}

/// Newer nodes say -32601; geth 1.8 says the same with other words.
bool is_method_off(Value answer) {
    const auto error = answer.find("error");
    const auto code = error ? error->find("code") : std::nullopt;
    return code && code->text() == std::to_string(METHOD_NOT_FOUND);
}

std::optional<Hash> hash_member(Value object, const char* name) {
    const auto member = object.find(name);
    const auto hash = member ? jsonrpc::decode_hash(*member)
                             : Result<Hash, jsonrpc::Cause>(Err(jsonrpc::Cause{}));
    return hash ? std::optional(*hash) : std::nullopt;
}

std::optional<uint64_t> count_member(Value object, const char* name) {
    const auto member = object.find(name);
    if (!member) {
        return std::nullopt;
    }
    const auto number = jsonrpc::decode_quantity64(*member);
    return number ? std::optional(*number) : std::nullopt;
}

}  // namespace

std::string_view Source::way() const noexcept {
    switch (way_) {
        case Way::unknown:
            return "";
        case Way::block_rlp:
            return "debug_getBlockRlp";
        case Way::raw_block:
            return "debug_getRawBlock";
        case Way::rebuild:
            return "eth_getBlockByNumber";
    }
    return "";
}

Result<Document, SourceFailure> Source::exchange(const std::string& body) {
    auto answer = transport_->exchange(body);
    if (!answer) {
        using rpcclient::TransportError;
        const TransportError error = answer.error().error;
        const SourceError kind =
            error == TransportError::bad_endpoint ? SourceError::refused
            : error == TransportError::too_large || error == TransportError::timed_out
                ? SourceError::too_much
                : SourceError::unreachable;
        return Err(SourceFailure{.error = kind, .text = answer.error().detail});
    }
    auto document = jsonrpc::parse(*std::move(answer), LIMITS);
    if (!document) {
        const bool malformed = document.error() == jsonrpc::ParseError::malformed;
        return Err(
            SourceFailure{.error = malformed ? SourceError::unreachable : SourceError::too_much,
                          .text = fmt::format("{}: the answer cannot be read: {}", endpoint(),
                                              to_string(document.error()))});
    }
    return *std::move(document);
}

Result<std::optional<Document>, SourceFailure> Source::ask(std::string_view method,
                                                           std::string_view params) {
    TRY(auto document, exchange(call_text(1, method, params)));
    if (is_method_off(document.root())) {
        return std::optional<Document>();
    }
    if (const std::string text = error_text(document.root()); !text.empty()) {
        return Err(refused(fmt::format("{}: {}: {}", endpoint(), method, text)));
    }
    if (!document.root().find("result")) {
        return Err(SourceFailure{
            .error = SourceError::unreachable,
            .text = fmt::format("{}: {}: neither result nor error", endpoint(), method)});
    }
    return std::optional(std::move(document));
}

Result<uint64_t, SourceFailure> Source::head_number() {
    TRY(const auto document, ask("eth_blockNumber", "[]"));
    if (!document) {
        return Err(refused(fmt::format("{} does not serve eth_*", endpoint())));
    }
    const auto number = count_member(document->root(), "result");
    if (!number) {
        return Err(refused(fmt::format("{}: eth_blockNumber answers no number", endpoint())));
    }
    return *number;
}

Result<std::optional<SourceHead>, SourceFailure> Source::header(uint64_t number) {
    TRY(const auto document,
        ask("eth_getBlockByNumber", fmt::format(R"(["{}",false])", to_quantity(number))));
    if (!document) {
        return Err(refused(fmt::format("{} does not serve eth_*", endpoint())));
    }
    const Value block = *document->root().find("result");
    if (block.is_null()) {
        return std::optional<SourceHead>();
    }
    const auto hash = hash_member(block, "hash");
    const auto root = hash_member(block, "stateRoot");
    if (!hash || !root) {
        return Err(wrong(number, "comes without hash or stateRoot"));
    }
    return std::optional(SourceHead{.number = number, .hash = *hash, .state_root = *root});
}

void Source::choose_way(uint64_t number) {
    struct Choice {
        Way way;
        std::string method;
        std::string params;
    };
    const Choice choices[] = {
        {Way::block_rlp, "debug_getBlockRlp", fmt::format("[{}]", number)},
        {Way::raw_block, "debug_getRawBlock", fmt::format(R"(["{}"])", to_quantity(number))}};
    for (const Choice& choice : choices) {
        const auto document = exchange(call_text(1, choice.method, choice.params));
        const auto result = document ? document->root().find("result") : std::nullopt;
        if (result && result->is_string() && result->text().size() > 2) {
            way_ = choice.way;
            return;
        }
    }
    way_ = Way::rebuild;
}

std::string Source::batch(uint64_t first, size_t count) const {
    std::string out = "[";
    for (size_t i = 0; i < count; ++i) {
        const uint64_t number = first + i;
        out += i == 0 ? "" : ",";
        const bool full = way_ == Way::rebuild;
        out += call_text(2 * i, "eth_getBlockByNumber",
                         fmt::format(R"(["{}",{}])", to_quantity(number), full));
        if (way_ == Way::block_rlp) {
            out += "," + call_text(2 * i + 1, "debug_getBlockRlp", fmt::format("[{}]", number));
        } else if (way_ == Way::raw_block) {
            out += "," + call_text(2 * i + 1, "debug_getRawBlock",
                                   fmt::format(R"(["{}"])", to_quantity(number)));
        }
    }
    return out + "]";
}

Result<SourceBlock, SourceFailure> Source::read_block(
    uint64_t number, const std::vector<std::optional<Value>>& answers, size_t at) const {
    const auto result_of = [&](size_t id) -> std::optional<Value> {
        return answers[id] ? answers[id]->find("result") : std::nullopt;
    };
    const auto named = result_of(2 * at);
    if (!named || named->is_null()) {
        const std::string text = answers[2 * at] ? error_text(*answers[2 * at]) : "no answer";
        return Err(SourceFailure{.error = SourceError::unreachable,
                                 .text = fmt::format("{} does not give block {}: {}", endpoint(),
                                                     number, text.empty() ? "it has none" : text)});
    }
    SourceBlock out;
    const auto hash = hash_member(*named, "hash");
    if (!hash) {
        return Err(wrong(number, "comes without a hash"));
    }
    out.hash = *hash;
    if (way_ == Way::rebuild) {
        auto encoded = rebuild_block(*named);
        if (!encoded) {
            return Err(wrong(number, encoded.error()));
        }
        out.encoded = std::make_shared<const Bytes>(*std::move(encoded));
        return out;
    }
    const auto raw = result_of(2 * at + 1);
    auto bytes = raw ? from_hex(raw->text()) : std::nullopt;
    if (!bytes || bytes->empty()) {
        const std::string text = answers[2 * at + 1] ? error_text(*answers[2 * at + 1]) : "";
        return Err(SourceFailure{.error = SourceError::unreachable,
                                 .text = fmt::format("{} does not give the bytes of block {}: {}",
                                                     endpoint(), number, text)});
    }
    out.encoded = std::make_shared<const Bytes>(*std::move(bytes));
    return out;
}

Result<std::vector<SourceBlock>, SourceFailure> Source::blocks(uint64_t first, size_t count) {
    if (way_ == Way::unknown) {
        choose_way(first);
    }
    const auto document = exchange(batch(first, count));
    if (!document) {
        way_ = Way::unknown;  // What comes back may be another node, with other modules.
        return Err(document.error());
    }
    if (!document->root().is_array()) {
        const std::string text = error_text(document->root());
        return Err(refused(fmt::format("{} does not answer batches: {}", endpoint(), text)));
    }
    std::vector<std::optional<Value>> answers(2 * count);
    for (const Value answer : document->root()) {
        const auto id = answer.find("id");
        size_t at = answers.size();
        if (id && id->text().size() < 10) {
            at = static_cast<size_t>(std::atoi(std::string(id->text()).c_str()));
        }
        if (at < answers.size()) {
            answers[at] = answer;
        }
    }
    std::vector<SourceBlock> out;
    for (size_t i = 0; i < count; ++i) {
        auto block = read_block(first + i, answers, i);
        if (!block && i == 0) {
            return Err(std::move(block).error());
        }
        if (!block) {
            break;  // Those before it are of use; it comes first the next time.
        }
        out.push_back(*std::move(block));
    }
    return out;
}

Result<std::optional<uint64_t>, SourceFailure> Source::waiting_transactions() {
    TRY(const auto document, ask("txpool_status", "[]"));
    if (!document) {
        return std::optional<uint64_t>();
    }
    const Value status = *document->root().find("result");
    const auto pending = count_member(status, "pending");
    const auto queued = count_member(status, "queued");
    if (!pending || !queued) {
        return std::optional<uint64_t>();
    }
    return std::optional(*pending + *queued);
}

Result<std::optional<size_t>, SourceFailure> Source::members() {
    TRY(const auto document, ask("raft_cluster", "[]"));
    if (!document) {
        return std::optional<size_t>();
    }
    const Value list = *document->root().find("result");
    return list.is_array() ? std::optional(list.size()) : std::nullopt;
}

}  // namespace otento::follow
