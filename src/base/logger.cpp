#include <otento/base/logger.hpp>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace otento::logger {
namespace {

spdlog::logger& instance() {
    static const auto logger = [] {
        auto made = std::make_shared<spdlog::logger>(
            "otento", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *logger;
}

spdlog::level::level_enum to_spdlog(Level level) noexcept {
    switch (level) {
        case Level::trace:
            return spdlog::level::trace;
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
        case Level::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

}  // namespace

void set_level(Level level) noexcept {
    instance().set_level(to_spdlog(level));
}

bool add_file(std::string_view path) {
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(std::string(path));
        sink->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
        instance().sinks().push_back(std::move(sink));
        return true;
    } catch (const spdlog::spdlog_ex&) {
        return false;
    }
}

bool enabled(Level level) noexcept {
    return instance().should_log(to_spdlog(level));
}

void write(Level level, std::string_view module, std::string_view line) {
    instance().log(to_spdlog(level), "[{}] {}", module, line);
}

void flush() noexcept {
    instance().flush();
}

}  // namespace otento::logger
