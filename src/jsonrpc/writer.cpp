#include <otento/jsonrpc/writer.hpp>

#include <bit>
#include <charconv>

namespace otento::jsonrpc {
namespace {

constexpr char DIGITS[] = "0123456789abcdef";

/// Both digits of every byte.
struct PairTable {
    char pairs[512];
    constexpr PairTable() : pairs{} {
        for (size_t i = 0; i < 256; ++i) {
            pairs[2 * i] = DIGITS[i >> 4];
            pairs[2 * i + 1] = DIGITS[i & 15];
        }
    }
};
constexpr PairTable PAIRS;

void append_hex(std::string& out, BytesView bytes) {
    const size_t at = out.size();
    out.resize(at + 2 * bytes.size());
    char* to = out.data() + at;
    for (const uint8_t byte : bytes) {
        std::memcpy(to, PAIRS.pairs + size_t{2} * byte, 2);
        to += 2;
    }
}

/// Digits of `value`, at least `digits` of them.
void append_nibbles(std::string& out, uint64_t value, unsigned digits) {
    for (unsigned i = digits; i-- > 0;) {
        out.push_back(DIGITS[(value >> (4 * i)) & 15]);
    }
}

unsigned nibbles(uint64_t value) {
    return value == 0 ? 1 : (static_cast<unsigned>(std::bit_width(value)) + 3) / 4;
}

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode table 3-7), or 0.
size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const uint8_t first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return continues(1) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        const bool ok = continues(1) && continues(2) && !(first == 0xe0 && byte(1) < 0xa0) &&
                        !(first == 0xed && byte(1) > 0x9f);
        return ok ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool ok = continues(1) && continues(2) && continues(3) &&
                        !(first == 0xf0 && byte(1) < 0x90) && !(first == 0xf4 && byte(1) > 0x8f);
        return ok ? 4 : 0;
    }
    return 0;
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u";
            append_nibbles(out, static_cast<uint8_t>(c), 4);
    }
}

}  // namespace

Writer& Writer::begin_object() {
    separate();
    out_.push_back('{');
    comma_ = false;
    return *this;
}

Writer& Writer::end_object() {
    out_.push_back('}');
    comma_ = true;
    return *this;
}

Writer& Writer::begin_array() {
    separate();
    out_.push_back('[');
    comma_ = false;
    return *this;
}

Writer& Writer::end_array() {
    out_.push_back(']');
    comma_ = true;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    separate();
    out_.push_back('"');
    out_ += name;
    out_ += "\":";
    comma_ = false;
    return *this;
}

Writer& Writer::string(std::string_view text) {
    separate();
    out_.push_back('"');
    while (!text.empty()) {
        const auto c = static_cast<uint8_t>(text[0]);
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
            append_escaped(out_, text[0]);
            text.remove_prefix(1);
            continue;
        }
        const size_t length = utf8_length(text);
        if (length == 0) {
            out_ += "\xef\xbf\xbd";
            text.remove_prefix(1);
        } else {
            out_ += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    out_.push_back('"');
    return *this;
}

Writer& Writer::quantity(uint64_t value) {
    separate();
    out_ += "\"0x";
    append_nibbles(out_, value, nibbles(value));
    out_.push_back('"');
    return *this;
}

Writer& Writer::quantity(const uint256& value) {
    separate();
    out_ += "\"0x";
    bool leading = true;
    for (size_t i = 4; i-- > 0;) {
        const uint64_t limb = value.limbs[i];
        if (leading && limb == 0 && i != 0) {
            continue;
        }
        append_nibbles(out_, limb, leading ? nibbles(limb) : 16);
        leading = false;
    }
    out_.push_back('"');
    return *this;
}

Writer& Writer::data(BytesView bytes) {
    separate();
    out_ += "\"0x";
    append_hex(out_, bytes);
    out_.push_back('"');
    return *this;
}

Writer& Writer::hex(BytesView bytes) {
    separate();
    out_.push_back('"');
    append_hex(out_, bytes);
    out_.push_back('"');
    return *this;
}

Writer& Writer::number(uint64_t value) {
    separate();
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
    return *this;
}

Writer& Writer::number(double value) {
    separate();
    char digits[32];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 16).ptr;
    out_.append(digits, end);
    return *this;
}

Writer& Writer::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
    return *this;
}

Writer& Writer::null() {
    separate();
    out_ += "null";
    return *this;
}

Writer& Writer::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace otento::jsonrpc
