// Result<T, E>: the value or the reason it is missing. For expected failures only; see ASSERT for
// bugs.
#pragma once

#include <otento/base/assert.hpp>

#include <expected>
#include <utility>

namespace otento {

/// Wraps an error for returning from a function whose result is Result<T, E>.
template <typename E>
struct [[nodiscard]] Err {
    E error;
    explicit Err(E e) : error(std::move(e)) {}
};
template <typename E>
Err(E) -> Err<E>;

/// std::expected that may not be ignored. T may be void.
template <typename T, typename E>
class [[nodiscard]] Result {
  public:
    using value_type = T;
    using error_type = E;

    Result()
        requires std::is_void_v<T>
    = default;
    template <typename U = T>
        requires(!std::is_void_v<T> && std::is_constructible_v<T, U &&> &&
                 !std::is_same_v<std::remove_cvref_t<U>, Result>)
    Result(U&& value) : inner_(std::in_place, std::forward<U>(value)) {}
    template <typename F>
        requires std::is_constructible_v<E, F>
    Result(Err<F> err) : inner_(std::unexpect, std::move(err.error)) {}

    [[nodiscard]] bool has_value() const noexcept { return inner_.has_value(); }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] decltype(auto) value() & {
        ASSERT(has_value());
        return *inner_;
    }
    [[nodiscard]] decltype(auto) value() const& {
        ASSERT(has_value());
        return *inner_;
    }
    [[nodiscard]] decltype(auto) value() && {
        ASSERT(has_value());
        return *std::move(inner_);
    }
    [[nodiscard]] decltype(auto) operator*() & { return value(); }
    [[nodiscard]] decltype(auto) operator*() const& { return value(); }
    [[nodiscard]] decltype(auto) operator*() && { return std::move(*this).value(); }
    [[nodiscard]] auto* operator->() {
        ASSERT(has_value());
        return &*inner_;
    }
    [[nodiscard]] const auto* operator->() const {
        ASSERT(has_value());
        return &*inner_;
    }
    [[nodiscard]] const E& error() const& {
        ASSERT(!has_value());
        return inner_.error();
    }
    [[nodiscard]] E&& error() && {
        ASSERT(!has_value());
        return std::move(inner_).error();
    }
    template <typename U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value() ? value() : static_cast<T>(std::forward<U>(other));
    }

  private:
    std::expected<T, E> inner_;
};

}  // namespace otento

#define OTENTO_CONCAT_INNER(a, b) a##b
#define OTENTO_CONCAT(a, b) OTENTO_CONCAT_INNER(a, b)
#define OTENTO_TRY_IMPL(result, declaration, expression) \
    auto result = (expression);                          \
    if (!result) {                                       \
        return ::otento::Err(std::move(result).error()); \
    }                                                    \
    declaration = *std::move(result)

/// TRY(auto header, decode_header(in)); returns the error to the caller, or binds the value.
#define TRY(declaration, ...) \
    OTENTO_TRY_IMPL(OTENTO_CONCAT(try_result_, __LINE__), declaration, (__VA_ARGS__))

/// TRY_VOID(check(x)); for results without a value.
#define TRY_VOID(...)                                            \
    do {                                                         \
        auto try_result = (__VA_ARGS__);                         \
        if (!try_result) {                                       \
            return ::otento::Err(std::move(try_result).error()); \
        }                                                        \
    } while (false)
