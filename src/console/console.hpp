// The console: a JavaScript world whose calls go to a node, and the loop that reads and prints.
#pragma once

#include <otento/base/result.hpp>
#include <otento/console/engine.hpp>
#include <otento/console/line_reader.hpp>
#include <otento/rpcclient/transport.hpp>

#include <memory>
#include <string>
#include <vector>

namespace otento::console {

/// Ctrl-C came while the script at hand ran. For TransportOptions::interrupted.
[[nodiscard]] bool interrupted() noexcept;

struct ConsoleOptions {
    std::string script_folder =
        {};                    ///< Where relative names of scripts are looked up; empty: here.
    std::string history = {};  ///< File; empty: none.
    bool colors = false;
};

/// One thread, one in a process.
class Console {
  public:
    /// Loads the prelude. The error is a sentence.
    [[nodiscard]] static Result<std::unique_ptr<Console>, std::string> create(
        std::unique_ptr<rpcclient::Transport> transport, ConsoleOptions options);
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    /// Asks the node for its modules; a sentence if it cannot be reached.
    [[nodiscard]] Result<void, std::string> connect();
    /// Runs a file. The error is as the console prints it.
    [[nodiscard]] Result<void, std::string> run_file(const std::string& path);
    [[nodiscard]] Evaluation evaluate(std::string_view source);
    /// Reads, evaluates and prints until the input ends. Returns the exit code: 1 if the input is
    /// no terminal and its last evaluation failed, else 0.
    [[nodiscard]] int interact();

  private:
    Console(std::unique_ptr<rpcclient::Transport> transport, std::unique_ptr<Engine> engine,
            ConsoleOptions options);
    bool define_natives();
    void print(const Evaluation& result) const;
    [[nodiscard]] std::vector<std::string> complete(const std::string& line);
    [[nodiscard]] std::optional<int> run_timers();
    [[nodiscard]] NativeAnswer read_file(const std::string& path) const;
    void remember(const std::string& script);

    std::unique_ptr<rpcclient::Transport> transport_;
    std::unique_ptr<Engine> engine_;
    ConsoleOptions options_;
    std::unique_ptr<LineReader> reader_;
};

}  // namespace otento::console
