// Positional parameters with geth's error texts.
#pragma once

#include <otento/jsonrpc/decode.hpp>
#include <otento/jsonrpc/error.hpp>

#include <vector>

namespace otento::jsonrpc {

/// The params array of one call; views into its Document.
class Params {
  public:
    /// @param array  Absent: no parameters.
    explicit Params(std::optional<Value> array);

    [[nodiscard]] size_t size() const noexcept { return values_.size(); }
    /// Error -32602 if there are more than `count`.
    [[nodiscard]] Result<void, Error> at_most(size_t count) const;

    /// Parameter `index` by a decoder of decode.hpp or call.hpp; missing or null is an error.
    template <typename T>
    [[nodiscard]] Result<T, Error> required(size_t index,
                                            Result<T, Cause> (*decoder)(Value)) const {
        const auto value = at(index);
        if (!value) {
            return Err(missing(index));
        }
        auto decoded = decoder(*value);
        if (!decoded) {
            return Err(invalid(index, decoded.error()));
        }
        return *std::move(decoded);
    }

    /// As required, but nothing where it is missing or null.
    template <typename T>
    [[nodiscard]] Result<std::optional<T>, Error> optional(
        size_t index, Result<T, Cause> (*decoder)(Value)) const {
        if (!at(index)) {
            return std::optional<T>{};
        }
        TRY(auto decoded, required(index, decoder));
        return std::optional<T>(std::move(decoded));
    }

    /// Empty if missing or null.
    [[nodiscard]] std::optional<Value> at(size_t index) const;

    [[nodiscard]] static Error missing(size_t index);
    [[nodiscard]] static Error invalid(size_t index, const Cause& cause);

  private:
    std::vector<Value> values_;
};

}  // namespace otento::jsonrpc
