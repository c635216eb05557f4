#include <otento/console/line_reader.hpp>

#include <editline/readline.h>
#include <fmt/core.h>

#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>

namespace otento::console {
namespace {

constexpr size_t HISTORY_LINES_MAX = 1000;
constexpr int CTRL_U = 'U' & 0x1f;  // Kills the line in emacs mode.

/// Reads a line from standard input. False at the end of the input.
bool read_plain(std::string& out) {
    return static_cast<bool>(std::getline(std::cin, out));
}

class PipeReader final : public LineReader {
  public:
    [[nodiscard]] std::optional<Line> read(const std::string&) override {
        Line line;
        return read_plain(line.text) ? std::optional(line) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> read_password(const std::string&) override {
        std::string line;
        return read_plain(line) ? std::optional(line) : std::nullopt;
    }
    void remember(const std::string&) override {}
    void clear_history() override {}
    [[nodiscard]] bool is_terminal() const noexcept override { return false; }
};

// libedit's callbacks carry no context, and a process has one terminal.
class TerminalReader;
TerminalReader* the_terminal = nullptr;

class TerminalReader final : public LineReader {
  public:
    TerminalReader(std::string history, LineReaderHooks hooks)
        : history_(std::move(history)), hooks_(std::move(hooks)) {
        the_terminal = this;
        static char breaks[] = " \t\n\"\\'`@><=;|&{}()[],+-*/!%^?:~";
        rl_readline_name = "otento";
        rl_catch_signals = 0;
        rl_getc_function = next_character;
        rl_attempted_completion_function = completions;
        rl_completer_word_break_characters = breaks;
        using_history();
        stifle_history(static_cast<int>(HISTORY_LINES_MAX));
        load_history();
    }
    ~TerminalReader() override { the_terminal = nullptr; }

    [[nodiscard]] std::optional<Line> read(const std::string& prompt) override {
        interrupted_ = false;
        const std::unique_ptr<char, void (*)(void*)> text(readline(prompt.c_str()), std::free);
        if (!text) {
            return std::nullopt;
        }
        return Line{interrupted_ ? "" : text.get(), interrupted_};
    }

    [[nodiscard]] std::optional<std::string> read_password(const std::string& prompt) override {
        fmt::print("{}", prompt);
        std::fflush(stdout);
        termios before{};
        tcgetattr(STDIN_FILENO, &before);
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ICANON | ISIG;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        std::string line;
        const bool read = read_plain(line);
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
        fmt::print("\n");
        return read ? std::optional(line) : std::nullopt;
    }

    void remember(const std::string& line) override {
        if (line == last_) {
            return;
        }
        last_ = line;
        add_history(line.c_str());
        lines_.push_back(line);
        if (lines_.size() > HISTORY_LINES_MAX) {
            lines_.pop_front();
        }
        save_history();
    }

    void clear_history() override {
        ::clear_history();
        lines_.clear();
        last_.clear();
        save_history();
    }

    [[nodiscard]] bool is_terminal() const noexcept override { return true; }

  private:
    // One line of the file is one entry; those of several lines are joined by a form feed.
    void load_history() {
        std::ifstream in(history_);
        for (std::string line; !history_.empty() && std::getline(in, line);) {
            std::replace(line.begin(), line.end(), '\f', '\n');
            add_history(line.c_str());
            lines_.push_back(line);
        }
        while (lines_.size() > HISTORY_LINES_MAX) {
            lines_.pop_front();
        }
    }

    void save_history() {
        if (history_.empty()) {
            return;
        }
        std::string text;
        for (std::string line : lines_) {
            std::replace(line.begin(), line.end(), '\n', '\f');
            text += line + '\n';
        }
        const int fd =
            open(history_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd >= 0) {
            // A history that cannot be kept is no reason to bother anybody.
            [[maybe_unused]] const ssize_t written = write(fd, text.data(), text.size());
            close(fd);
        }
    }

    // A byte of the terminal; timers run while none comes. -1 at the end of the input.
    int next_byte() {
        for (;;) {
            const std::optional<int> wait = hooks_.run_timers ? hooks_.run_timers() : std::nullopt;
            pollfd wanted{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
            const int ready = poll(&wanted, 1, wait.value_or(-1));
            if (ready < 0 && errno == EINTR) {
                interrupted_ = true;
                pushed_ = {CTRL_U, '\n'};
                return take_pushed();
            }
            if (ready == 0) {
                continue;
            }
            unsigned char byte = 0;
            const ssize_t size = ::read(STDIN_FILENO, &byte, 1);
            if (size == 1) {
                return byte;
            }
            if (size == 0 || errno != EINTR) {
                return -1;
            }
        }
    }

    int take_pushed() {
        const int out = pushed_.front();
        pushed_.pop_front();
        return out;
    }

    // libedit wants whole characters.
    static int next_character(FILE*) {
        TerminalReader& self = *the_terminal;
        if (!self.pushed_.empty()) {
            return self.take_pushed();
        }
        const int first = self.next_byte();
        if (first < 0xc0) {
            return first;
        }
        int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        int out = first & (0x3f >> more);
        while (more-- > 0) {
            const int next = self.next_byte();
            if (next < 0) {
                return -1;
            }
            out = (out << 6) | (next & 0x3f);
        }
        return out;
    }

    static char** completions(const char* text, int, int end) {
        rl_attempted_completion_over = 1;  // No names of files.
        rl_completion_append_character = '\0';
        TerminalReader& self = *the_terminal;
        if (!self.hooks_.complete) {
            return nullptr;
        }
        const std::string line(rl_line_buffer, static_cast<size_t>(end));
        self.found_ = self.hooks_.complete(line);
        return rl_completion_matches(text, next_completion);
    }

    static char* next_completion(const char*, int state) {
        TerminalReader& self = *the_terminal;
        if (state == 0) {
            self.at_ = 0;
        }
        return self.at_ < self.found_.size() ? strdup(self.found_[self.at_++].c_str()) : nullptr;
    }

    const std::string history_;
    const LineReaderHooks hooks_;
    std::deque<std::string> lines_;
    std::string last_;
    std::deque<int> pushed_;
    bool interrupted_ = false;
    std::vector<std::string> found_;
    size_t at_ = 0;
};

// libedit needs a locale whose characters are UTF-8; that of the user decides nothing else here.
void use_utf8() {
    if (std::setlocale(LC_CTYPE, "") == nullptr ||
        std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        std::setlocale(LC_CTYPE, "C.UTF-8");
    }
}

}  // namespace

std::unique_ptr<LineReader> make_line_reader(const std::string& history, LineReaderHooks hooks) {
    use_utf8();
    if (isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0) {
        return std::make_unique<TerminalReader>(history, std::move(hooks));
    }
    return std::make_unique<PipeReader>();
}

}  // namespace otento::console
