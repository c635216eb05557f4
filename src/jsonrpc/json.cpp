// simdjson's on-demand reader behind Document. On-demand checks only what is visited, so every
// value is visited; scalars, which it hands out as raw tokens, are checked here. DOM mode cannot be
// used: it refuses integers above 64 bits, which are legal ids.
#include <otento/jsonrpc/json.hpp>

#include <simdjson.h>

#include <vector>

namespace otento::jsonrpc {

namespace detail {

struct Node {
    Kind kind = Kind::null;
    bool escaped = false;  ///< `text` lies in Tree::unescaped, else in Tree::input.
    uint32_t next = 0;     ///< Node behind this one and all inside it.
    uint32_t size = 0;     ///< Elements or members.
    uint32_t text = 0;
    uint32_t text_length = 0;
    uint32_t raw = 0;  ///< In Tree::input.
    uint32_t raw_length = 0;
};

/// Nodes in document order; the members of an object are key, value, key, value, ….
struct Tree {
    std::string input;
    std::string unescaped;
    std::vector<Node> nodes;

    [[nodiscard]] std::string_view text(const Node& node) const noexcept {
        return std::string_view(node.escaped ? unescaped : input)
            .substr(node.text, node.text_length);
    }
};

}  // namespace detail

namespace {

namespace ondemand = simdjson::ondemand;
using detail::Node;
using detail::Tree;
using simdjson::error_code;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// RFC 8259 section 6.
bool is_number(std::string_view token) noexcept {
    size_t at = token.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const size_t from = at;
        while (at < token.size() && is_digit(token[at])) {
            ++at;
        }
        return at - from;
    };
    const size_t first = at;
    const size_t whole = digits();
    if (whole == 0 || (whole > 1 && token[first] == '0')) {
        return false;
    }
    if (at < token.size() && token[at] == '.') {
        ++at;
        if (digits() == 0) {
            return false;
        }
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        ++at;
        at += at < token.size() && (token[at] == '+' || token[at] == '-') ? 1 : 0;
        if (digits() == 0) {
            return false;
        }
    }
    return at == token.size();
}

/// simdjson's tokens run up to the next one.
std::string_view without_space_behind(std::string_view token) noexcept {
    const size_t last = token.find_last_not_of(" \n\r\t");
    return last == std::string_view::npos ? std::string_view{} : token.substr(0, last + 1);
}

/// Fills a Tree from one text.
class Builder {
  public:
    Builder(Tree& tree, ondemand::parser& parser, const ParseLimits& limits)
        : tree_(tree), parser_(parser), limits_(limits) {}

    /// @param length  Of the text; what follows in tree.input is padding.
    error_code build(size_t length) {
        const simdjson::padded_string_view padded(tree_.input.data(), length, tree_.input.size());
        ondemand::document document;
        if (const auto error = parser_.iterate(padded).get(document)) {
            return error;
        }
        bool scalar = false;
        if (const auto error = document.is_scalar().get(scalar)) {
            return error;
        }
        if (scalar) {
            std::string_view token;
            if (const auto error = document.raw_json_token().get(token)) {
                return error;
            }
            // The token of a scalar document reaches to the end, unless something follows it.
            const size_t from = static_cast<size_t>(token.data() - tree_.input.data());
            if (from + token.size() < length) {
                return simdjson::TRAILING_CONTENT;
            }
            return add_token(token);
        }
        if (const auto error = add(document, 1)) {
            return error;
        }
        // Past the last token there is no location.
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS
                   ? simdjson::SUCCESS
                   : simdjson::TRAILING_CONTENT;
    }

    [[nodiscard]] bool too_many() const noexcept { return too_many_; }

  private:
    [[nodiscard]] uint32_t here() const noexcept {
        return static_cast<uint32_t>(tree_.nodes.size());
    }

    error_code push(Node node) {
        if (tree_.nodes.size() >= limits_.values_max) {
            too_many_ = true;
            return simdjson::CAPACITY;
        }
        node.next = here() + 1;
        tree_.nodes.push_back(node);
        return simdjson::SUCCESS;
    }

    [[nodiscard]] uint32_t offset(const char* at) const noexcept {
        return static_cast<uint32_t>(at - tree_.input.data());
    }

    /// @param content  Behind the opening quote. The first pass has made sure that there is a
    /// closing one.
    error_code add_string(ondemand::raw_json_string content) {
        const char* from = content.raw();
        const char* to = from;
        bool escaped = false;
        for (; *to != '"'; ++to) {
            if (*to == '\\') {
                escaped = true;
                ++to;
            }
        }
        Node node;
        node.kind = Kind::string;
        node.raw = offset(from) - 1;
        node.raw_length = static_cast<uint32_t>(to - from) + 2;
        node.text = offset(from);
        node.text_length = static_cast<uint32_t>(to - from);
        if (escaped) {
            // Unescaped text is never longer; simdjson may write a vector's width beyond its end.
            std::string& out = tree_.unescaped;
            const size_t at = out.size();
            out.resize(at + node.text_length + simdjson::SIMDJSON_PADDING);
            auto* target = reinterpret_cast<uint8_t*>(out.data() + at);
            std::string_view text;
            if (const auto error = parser_.unescape(content, target).get(text)) {
                return error;
            }
            out.resize(at + text.size());
            node.escaped = true;
            node.text = static_cast<uint32_t>(at);
            node.text_length = static_cast<uint32_t>(text.size());
        }
        return push(node);
    }

    error_code add_token(std::string_view token) {
        token = without_space_behind(token);
        if (token.starts_with('"')) {
            // Only a whole document: a string inside one comes by add_string.
            return add_string(reinterpret_cast<const uint8_t*>(token.data()) + 1);
        }
        Node node;
        if (token == "null") {
            node.kind = Kind::null;
        } else if (token == "true" || token == "false") {
            node.kind = Kind::boolean;
        } else if (is_number(token)) {
            node.kind = Kind::number;
        } else {
            return simdjson::TAPE_ERROR;
        }
        node.raw = node.text = offset(token.data());
        node.raw_length = node.text_length = static_cast<uint32_t>(token.size());
        return push(node);
    }

    error_code add_array(ondemand::array array, uint32_t depth) {
        const uint32_t at = here();
        if (const auto error = push(Node{.kind = Kind::array})) {
            return error;
        }
        uint32_t size = 0;
        for (auto element : array) {
            ondemand::value value;
            if (const auto error = element.get(value)) {
                return error;
            }
            if (const auto error = add(value, depth + 1)) {
                return error;
            }
            ++size;
        }
        tree_.nodes[at].size = size;
        tree_.nodes[at].next = here();
        return simdjson::SUCCESS;
    }

    error_code add_object(ondemand::object object, uint32_t depth) {
        const uint32_t at = here();
        if (const auto error = push(Node{.kind = Kind::object})) {
            return error;
        }
        uint32_t size = 0;
        for (auto entry : object) {
            ondemand::raw_json_string key;
            if (const auto error = entry.key().get(key)) {
                return error;
            }
            if (const auto error = add_string(key)) {
                return error;
            }
            ondemand::value value;
            if (const auto error = entry.value().get(value)) {
                return error;
            }
            if (const auto error = add(value, depth + 1)) {
                return error;
            }
            ++size;
        }
        tree_.nodes[at].size = size;
        tree_.nodes[at].next = here();
        return simdjson::SUCCESS;
    }

    /// V is a value, or the document where it is no scalar.
    template <typename V>
    error_code add(V& value, uint32_t depth) {
        if (depth > limits_.depth_max) {
            return simdjson::DEPTH_ERROR;
        }
        ondemand::json_type type{};
        if (const auto error = value.type().get(type)) {
            return error;
        }
        switch (type) {
            case ondemand::json_type::array: {
                ondemand::array array;
                if (const auto error = value.get_array().get(array)) {
                    return error;
                }
                return add_array(array, depth);
            }
            case ondemand::json_type::object: {
                ondemand::object object;
                if (const auto error = value.get_object().get(object)) {
                    return error;
                }
                return add_object(object, depth);
            }
            case ondemand::json_type::string: {
                ondemand::raw_json_string content;
                if (const auto error = value.get_raw_json_string().get(content)) {
                    return error;
                }
                return add_string(content);
            }
            default: {
                const simdjson::simdjson_result<std::string_view> token = value.raw_json_token();
                if (token.error()) {
                    return token.error();
                }
                return add_token(token.value_unsafe());
            }
        }
    }

    Tree& tree_;
    ondemand::parser& parser_;
    const ParseLimits& limits_;
    bool too_many_ = false;
};

ParseError error_of(error_code error, bool too_many) noexcept {
    if (too_many) {
        return ParseError::too_many_values;
    }
    switch (error) {
        case simdjson::DEPTH_ERROR:
            return ParseError::too_deep;
        case simdjson::CAPACITY:
        case simdjson::MEMALLOC:
            return ParseError::too_large;
        default:
            return ParseError::malformed;
    }
}

}  // namespace

std::string_view to_string(ParseError error) noexcept {
    switch (error) {
        case ParseError::malformed:
            return "invalid JSON";
        case ParseError::too_deep:
            return "JSON is nested too deep";
        case ParseError::too_many_values:
            return "JSON has too many values";
        case ParseError::too_large:
            return "JSON is too large";
    }
    return "unknown";
}

Result<Document, ParseError> parse(std::string text, const ParseLimits& limits) {
    // A parser keeps buffers in proportion to the largest text it saw: share one a thread for small
    // texts.
    constexpr size_t SHARED_PARSER_BYTES_MAX = 64u << 10;
    if (text.size() > limits.bytes_max || text.size() >= UINT32_MAX - simdjson::SIMDJSON_PADDING) {
        return Err(ParseError::too_large);
    }
    const size_t length = text.size();
    text.append(simdjson::SIMDJSON_PADDING, ' ');
    auto tree = std::make_unique<Tree>();
    tree->input = std::move(text);

    thread_local ondemand::parser shared(SHARED_PARSER_BYTES_MAX);
    ondemand::parser own;
    Builder builder(*tree, length <= SHARED_PARSER_BYTES_MAX ? shared : own, limits);
    if (const auto error = builder.build(length)) {
        return Err(error_of(error, builder.too_many()));
    }
    return Document(std::move(tree));
}

Document::Document(std::unique_ptr<const detail::Tree> tree) : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const noexcept {
    return {tree_.get(), 0};
}

Kind Value::kind() const noexcept {
    return tree_->nodes[at_].kind;
}

std::string_view Value::text() const noexcept {
    return tree_->text(tree_->nodes[at_]);
}

std::string_view Value::raw() const noexcept {
    const auto& node = tree_->nodes[at_];
    return std::string_view(tree_->input).substr(node.raw, node.raw_length);
}

size_t Value::size() const noexcept {
    return tree_->nodes[at_].size;
}

std::optional<Value> Value::find(std::string_view key) const noexcept {
    std::optional<Value> found;
    if (is_object()) {
        const auto last = end();
        for (auto i = begin(); i != last; ++i) {
            if (i.key() == key) {
                found = *i;
            }
        }
    }
    return found;
}

std::string_view Value::Iterator::key() const noexcept {
    return members_ ? tree_->text(tree_->nodes[at_]) : std::string_view{};
}

Value::Iterator& Value::Iterator::operator++() noexcept {
    at_ = tree_->nodes[at_ + (members_ ? 1u : 0u)].next;
    return *this;
}

Value::Iterator Value::begin() const noexcept {
    return {tree_, at_ + 1, is_object()};
}

Value::Iterator Value::end() const noexcept {
    return {tree_, tree_->nodes[at_].next, is_object()};
}

}  // namespace otento::jsonrpc
