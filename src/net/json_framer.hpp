// Cuts a stream of JSON texts into messages, as geth's local socket carries them: values one after
// another, with or without white space between them.
#pragma once

#include <otento/base/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace otento::net {

enum class FramerError { too_large };
[[nodiscard]] std::string_view to_string(FramerError error) noexcept;

/// Finds where a value ends by counting brackets outside strings; whether it is JSON is the
/// reader's business. What is neither object, array nor string ends at white space or at the next
/// of those. Memory grows with bytes received and is bounded by one message and what was fed at
/// once.
class JsonFramer {
  public:
    explicit JsonFramer(size_t message_bytes_max) noexcept : bytes_max_(message_bytes_max) {}

    void feed(std::string_view bytes) { buffer_.append(bytes); }
    /// The next whole message, or nothing until more is fed. After an error the stream is of no
    /// use.
    [[nodiscard]] Result<std::optional<std::string>, FramerError> next();
    /// Bytes that are no whole message yet, or have not been asked for.
    [[nodiscard]] size_t buffered() const noexcept { return buffer_.size() - start_; }

  private:
    enum class Kind { none, nested, string, token };

    // Looks at one character of a message; true if the message ends behind it.
    [[nodiscard]] bool ends_behind(char c) noexcept;
    [[nodiscard]] std::string take(size_t end);

    size_t bytes_max_;
    std::string buffer_;
    size_t start_ = 0;  // Of the message being looked at.
    size_t scan_ = 0;   // First character not looked at.
    Kind kind_ = Kind::none;
    size_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace otento::net
