#include <otento/console/console.hpp>

#include <otento/base/hex.hpp>
#include <otento/console/prelude.hpp>
#include <otento/crypto/keccak.hpp>

#include <fmt/core.h>

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace otento::console {
namespace {

constexpr std::string_view CONSOLE_FILE = "<console>";
constexpr size_t SCRIPT_BYTES_MAX = size_t{64} << 20;

Engine* running = nullptr;  // What Ctrl-C interrupts; a process has one console.

volatile std::sig_atomic_t interrupt_seen = 0;

extern "C" void on_interrupt(int) {
    interrupt_seen = 1;
    if (running != nullptr) {
        running->interrupt();
    }
}

// Without SA_RESTART, so that waiting for input ends, too.
void catch_interrupts() {
    struct sigaction action{};
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

uint64_t to_milliseconds(const std::string& text) {
    double out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out > 0 && out < 1e12 ? static_cast<uint64_t>(out) : 0;
}

uint64_t now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000 +
           static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

void sleep_ms(uint64_t ms) {
    const timespec wait{.tv_sec = static_cast<time_t>(ms / 1000),
                        .tv_nsec = static_cast<long>(ms % 1000) * 1'000'000};
    nanosleep(&wait, nullptr);  // Ctrl-C ends it.
}

void write_out(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

std::string first(const std::vector<std::string>& arguments) {
    return arguments.empty() ? std::string() : arguments.front();
}

std::string_view trimmed(std::string_view text) {
    const size_t from = text.find_first_not_of(" \t\r\n");
    if (from == std::string_view::npos) {
        return {};
    }
    return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

}  // namespace

bool interrupted() noexcept {
    return interrupt_seen != 0;
}

Console::Console(std::unique_ptr<rpcclient::Transport> transport, std::unique_ptr<Engine> engine,
                 ConsoleOptions options)
    : transport_(std::move(transport)), engine_(std::move(engine)), options_(std::move(options)) {
    reader_ = make_line_reader(
        options_.history, {.complete = [this](const std::string& line) { return complete(line); },
                           .run_timers = [this] { return run_timers(); }});
}

Console::~Console() {
    running = nullptr;
}

Result<std::unique_ptr<Console>, std::string> Console::create(
    std::unique_ptr<rpcclient::Transport> transport, ConsoleOptions options) {
    auto engine = Engine::create();
    if (!engine) {
        return Err(std::string("the JavaScript engine does not start"));
    }
    std::unique_ptr<Console> console(
        new Console(std::move(transport), std::move(engine), std::move(options)));
    if (!console->define_natives()) {
        return Err(std::string("the JavaScript engine is out of memory"));
    }
    for (const PreludeFile& file : prelude()) {
        const Evaluation loaded = console->engine_->load(file.name, file.source);
        if (loaded.failed) {
            return Err(fmt::format("{}: {}", file.name, loaded.text));
        }
    }
    running = console->engine_.get();
    catch_interrupts();
    return console;
}

bool Console::define_natives() {
    using Arguments = std::vector<std::string>;
    bool done = true;
    const auto define = [&](const char* name, NativeFunction function) {
        done = engine_->define(name, std::move(function)) && done;
    };
    define("send", [this](const Arguments& arguments) -> NativeAnswer {
        auto answer = transport_->exchange(first(arguments));
        if (!answer) {
            return {.failed = true, .text = answer.error().detail};
        }
        return {.text = *std::move(answer)};
    });
    define("keccak256", [](const Arguments& arguments) -> NativeAnswer {
        const auto bytes = from_hex(first(arguments));
        if (!bytes) {
            return {.failed = true, .text = "not hexadecimal"};
        }
        return {.text = to_hex0x(crypto::keccak256(*bytes))};
    });
    define("write", [](const Arguments& arguments) -> NativeAnswer {
        write_out(first(arguments));
        return {};
    });
    define("readFile", [this](const Arguments& arguments) { return read_file(first(arguments)); });
    define("run", [this](const Arguments& arguments) -> NativeAnswer {
        return engine_->run_nested(first(arguments),
                                   arguments.size() > 1 ? arguments[1] : std::string("<script>"));
    });
    define("now",
           [](const Arguments&) -> NativeAnswer { return {.text = std::to_string(now_ms())}; });
    define("sleep", [](const Arguments& arguments) -> NativeAnswer {
        sleep_ms(to_milliseconds(first(arguments)));
        return {};
    });
    define("promptPassword", [this](const Arguments& arguments) -> NativeAnswer {
        const auto line = reader_->read_password(first(arguments));
        return line ? NativeAnswer{.text = *line}
                    : NativeAnswer{.failed = true, .text = "no password was given"};
    });
    define("clearHistory", [this](const Arguments&) -> NativeAnswer {
        reader_->clear_history();
        return {};
    });
    define("exit", [](const Arguments& arguments) -> NativeAnswer {
        std::fflush(nullptr);
        _exit(static_cast<int>(to_milliseconds(first(arguments)) & 0xff));
    });
    if (options_.colors && reader_->is_terminal()) {
        done = !engine_->load("<otento>/colors.js", "(function ($) { $.colors = true; })").failed &&
               done;
    }
    return done;
}

NativeAnswer Console::read_file(const std::string& path) const {
    namespace fs = std::filesystem;
    const fs::path place = fs::path(path).is_relative() && !options_.script_folder.empty()
                               ? fs::path(options_.script_folder) / path
                               : fs::path(path);
    std::error_code error;
    const uintmax_t size = fs::file_size(place, error);
    if (error || size > SCRIPT_BYTES_MAX) {
        return {.failed = true,
                .text = fmt::format("cannot read {}: {}", place.string(),
                                    error ? error.message() : "it is too large")};
    }
    std::ifstream in(place, std::ios::binary);
    return {.text = std::string(std::istreambuf_iterator<char>(in), {})};
}

Result<void, std::string> Console::connect() {
    auto answer =
        transport_->exchange(R"({"jsonrpc":"2.0","id":0,"method":"rpc_modules","params":[]})");
    if (!answer) {
        return Err(answer.error().detail);
    }
    const Evaluation added = engine_->call_internal("addModules", "");
    return added.failed ? Result<void, std::string>(Err(added.text)) : Result<void, std::string>();
}

Result<void, std::string> Console::run_file(const std::string& path) {
    const NativeAnswer source = read_file(path);
    if (source.failed) {
        return Err(source.text);
    }
    const Evaluation result = engine_->evaluate(source.text, path);
    return result.failed ? Result<void, std::string>(Err(result.text))
                         : Result<void, std::string>();
}

Evaluation Console::evaluate(std::string_view source) {
    interrupt_seen = 0;
    return engine_->evaluate(source, std::string(CONSOLE_FILE));
}

void Console::print(const Evaluation& result) const {
    write_out(result.text + "\n");
}

std::vector<std::string> Console::complete(const std::string& line) {
    std::vector<std::string> out;
    const Evaluation found = engine_->call_internal("complete", line);
    std::string_view rest = found.failed ? std::string_view() : std::string_view(found.text);
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        out.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

std::optional<int> Console::run_timers() {
    const Evaluation next = engine_->call_internal("runTimers", "");
    if (next.failed || next.text.empty()) {
        return std::nullopt;
    }
    return static_cast<int>(std::min<uint64_t>(to_milliseconds(next.text) + 1, 60'000));
}

// Not what may hold a password, nor what begins with a space.
void Console::remember(const std::string& script) {
    if (script.empty() || script.front() == ' ' || script.find("personal.") != std::string::npos) {
        return;
    }
    reader_->remember(script);
}

int Console::interact() {
    const bool terminal = reader_->is_terminal();
    if (terminal) {
        print(engine_->call_internal("greeting", ""));
    }
    bool failed = false;
    std::string script;
    for (;;) {
        const auto line = reader_->read(script.empty() ? "> " : "... ");
        if (!line) {
            break;
        }
        if (line->interrupted) {
            interrupt_seen = 0;
            if (script.empty()) {
                write_out("To exit, press ctrl-d or type exit\n");
            }
            script.clear();
            continue;
        }
        script += line->text;
        const std::string_view wanted = trimmed(script);
        if (wanted == "exit") {
            return 0;
        }
        if (!wanted.empty() && !engine_->is_complete(script)) {
            script += '\n';
            continue;
        }
        if (!wanted.empty()) {
            remember(script);
            const Evaluation result = evaluate(script);
            failed = result.failed;
            print(result);
        }
        script.clear();
    }
    if (!trimmed(script).empty()) {
        const Evaluation result = evaluate(script);  // Says what is missing.
        failed = result.failed;
        print(result);
    }
    if (terminal) {
        write_out("\n");
    }
    return failed && !terminal ? 1 : 0;
}

}  // namespace otento::console
