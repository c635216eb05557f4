// JSON values of foreign origin: parsed once into a flat list of nodes, read through small views.
// Numbers keep their digits and every scalar its raw token, so that an id goes back as it came
// (JSON-RPC 2.0 section 4).
#pragma once

#include <otento/base/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace otento::jsonrpc {

enum class Kind : uint8_t { null, boolean, number, string, array, object };

/// What hostile input may cost. Defaults suit a 5 MiB request: a call needs a dozen nodes, an
/// access list one for each key.
struct ParseLimits {
    uint32_t depth_max = 64;
    uint32_t values_max = 1u << 18;  ///< Nodes of 28 bytes each; keys of objects count.
    size_t bytes_max = 64u << 20;
};

enum class ParseError {
    malformed,  ///< No JSON text, or more than one.
    too_deep,
    too_many_values,
    too_large,
};
[[nodiscard]] std::string_view to_string(ParseError error) noexcept;

class Value;

namespace detail {
struct Tree;
}

/// Owns a parsed text; Values point into it and must not outlive it. Movable without invalidating
/// them.
class Document {
  public:
    explicit Document(std::unique_ptr<const detail::Tree> tree);
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    [[nodiscard]] Value root() const noexcept;

  private:
    std::unique_ptr<const detail::Tree> tree_;
};

/// One value of a Document; two words, passed by value.
class Value {
  public:
    Value(const detail::Tree* tree, uint32_t at) noexcept : tree_(tree), at_(at) {}

    [[nodiscard]] Kind kind() const noexcept;
    [[nodiscard]] bool is_null() const noexcept { return kind() == Kind::null; }
    [[nodiscard]] bool is_string() const noexcept { return kind() == Kind::string; }
    [[nodiscard]] bool is_array() const noexcept { return kind() == Kind::array; }
    [[nodiscard]] bool is_object() const noexcept { return kind() == Kind::object; }

    /// Content of a string, unescaped; the token of a number, "true", "false" or "null"; empty for
    /// others.
    [[nodiscard]] std::string_view text() const noexcept;
    /// The token as it was sent, quotes and escapes included; empty for arrays and objects.
    [[nodiscard]] std::string_view raw() const noexcept;

    /// Number of elements or members; 0 for scalars.
    [[nodiscard]] size_t size() const noexcept;
    /// Member of an object, the last one of that name as in Go; empty if absent or no object.
    [[nodiscard]] std::optional<Value> find(std::string_view key) const noexcept;

    /// Elements of an array, and values of an object's members. `key()` is empty for elements.
    class Iterator {
      public:
        Iterator(const detail::Tree* tree, uint32_t at, bool members) noexcept
            : tree_(tree), at_(at), members_(members) {}
        [[nodiscard]] Value operator*() const noexcept {
            return {tree_, at_ + (members_ ? 1u : 0u)};
        }
        [[nodiscard]] std::string_view key() const noexcept;
        Iterator& operator++() noexcept;
        [[nodiscard]] bool operator!=(const Iterator& other) const noexcept {
            return at_ != other.at_;
        }

      private:
        const detail::Tree* tree_;
        uint32_t at_;
        bool members_;
    };
    [[nodiscard]] Iterator begin() const noexcept;
    [[nodiscard]] Iterator end() const noexcept;

  private:
    const detail::Tree* tree_;
    uint32_t at_;
};

/// Parses one JSON text, which must be the whole of `text` and valid UTF-8.
[[nodiscard]] Result<Document, ParseError> parse(std::string text, const ParseLimits& limits = {});

}  // namespace otento::jsonrpc
