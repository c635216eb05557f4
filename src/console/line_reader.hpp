// Lines from a terminal, with editing, history and completion (libedit), or from a pipe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace otento::console {

/// What the reader asks of the console while it waits.
struct LineReaderHooks {
    /// Completions of the word that ends `line`, whole words.
    std::function<std::vector<std::string>(const std::string& line)> complete = {};
    /// Runs timers that are due; milliseconds to the next one, or nothing.
    std::function<std::optional<int>()> run_timers = {};
};

struct Line {
    std::string text = {};
    bool interrupted = false;  ///< Ctrl-C: what was typed is dropped.
};

class LineReader {
  public:
    virtual ~LineReader() = default;
    LineReader() = default;
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// Nothing at the end of the input.
    [[nodiscard]] virtual std::optional<Line> read(const std::string& prompt) = 0;
    /// Without echo on a terminal. Nothing at the end of the input.
    [[nodiscard]] virtual std::optional<std::string> read_password(const std::string& prompt) = 0;
    virtual void remember(const std::string& line) = 0;
    virtual void clear_history() = 0;
    [[nodiscard]] virtual bool is_terminal() const noexcept = 0;
};

/// A terminal's reader if standard input and output are one, else a pipe's.
/// @param history  File that keeps the lines (mode 0600), empty for none.
[[nodiscard]] std::unique_ptr<LineReader> make_line_reader(const std::string& history,
                                                           LineReaderHooks hooks);

}  // namespace otento::console
