#include <otento/net/json_framer.hpp>

namespace otento::net {
namespace {

bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool opens(char c) noexcept {
    return c == '{' || c == '[';
}

bool closes(char c) noexcept {
    return c == '}' || c == ']';
}

}  // namespace

std::string_view to_string(FramerError error) noexcept {
    switch (error) {
        case FramerError::too_large:
            return "message too large";
    }
    return "unknown";
}

bool JsonFramer::ends_behind(char c) noexcept {
    if (in_string_) {
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            in_string_ = false;
            return depth_ == 0;
        }
        return false;
    }
    if (c == '"') {
        in_string_ = true;
    } else if (opens(c)) {
        ++depth_;
    } else if (closes(c) && depth_ != 0) {
        return --depth_ == 0;
    }
    return false;
}

std::string JsonFramer::take(size_t end) {
    std::string out = buffer_.substr(start_, end - start_);
    start_ = scan_ = end;
    kind_ = Kind::none;
    depth_ = 0;
    in_string_ = escaped_ = false;
    return out;
}

Result<std::optional<std::string>, FramerError> JsonFramer::next() {
    while (scan_ < buffer_.size()) {
        const char c = buffer_[scan_];
        const bool starts_value = opens(c) || c == '"';
        if (kind_ == Kind::none) {
            if (is_space(c)) {
                start_ = ++scan_;
                continue;
            }
            kind_ = opens(c) ? Kind::nested : c == '"' ? Kind::string : Kind::token;
        } else if (kind_ == Kind::token && (is_space(c) || starts_value)) {
            return std::optional(take(scan_));
        }
        ++scan_;
        if (scan_ - start_ > bytes_max_) {
            return Err(FramerError::too_large);
        }
        if (kind_ != Kind::token && ends_behind(c)) {
            return std::optional(take(scan_));
        }
    }
    // Everything has been looked at: drop what is done with.
    buffer_.erase(0, start_);
    scan_ -= start_;
    start_ = 0;
    return std::optional<std::string>();
}

}  // namespace otento::net
