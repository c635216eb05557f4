// Structured text log: one line an event, `key=value` pairs after the message. Behind it stands
// spdlog.
#pragma once

#include <fmt/core.h>

#include <string_view>

namespace otento::logger {

/// `off` is for set_level only.
enum class Level { trace, debug, info, warn, error, off };

/// Lines below `level` are dropped. Default: info, to standard error. Thread-safe.
void set_level(Level level) noexcept;
/// Appends to `path` as well as to standard error; false if the file cannot be opened.
[[nodiscard]] bool add_file(std::string_view path);
[[nodiscard]] bool enabled(Level level) noexcept;
void write(Level level, std::string_view module, std::string_view line);
void flush() noexcept;

template <typename... Args>
void log(Level level, std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level)) {
        write(level, module, fmt::format(format, std::forward<Args>(args)...));
    }
}
template <typename... Args>
void debug(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::debug, module, format, std::forward<Args>(args)...);
}
template <typename... Args>
void info(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::info, module, format, std::forward<Args>(args)...);
}
template <typename... Args>
void warn(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::warn, module, format, std::forward<Args>(args)...);
}
template <typename... Args>
void error(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
    log(Level::error, module, format, std::forward<Args>(args)...);
}

}  // namespace otento::logger
