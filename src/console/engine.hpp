// A JavaScript engine for one console: evaluates text, calls back into C++ by strings. Hides
// SpiderMonkey.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace otento::console {

/// What a native function gives back: its result, or the message of the Error it throws.
struct NativeAnswer {
    bool failed = false;
    std::string text = {};
    bool thrown = false;  ///< run_nested() has left the error that goes on.
};
/// Arguments are converted to text by JavaScript's rules.
using NativeFunction = std::function<NativeAnswer(const std::vector<std::string>& arguments)>;

struct Evaluation {
    bool failed = false;
    std::string text = {};  ///< The value as the prelude prints it, or the error.
};

/// One thread; one at a time in a process.
class Engine {
  public:
    /// Null when the engine cannot start (out of memory).
    [[nodiscard]] static std::unique_ptr<Engine> create();
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Gives the prelude `internal.native.NAME`.
    [[nodiscard]] bool define(const std::string& name, NativeFunction function);
    /// Runs a file of the prelude: a function of the internal object, to which it adds what others
    /// and we need: `inspect(value)`, `describeError(error)`.
    [[nodiscard]] Evaluation load(const std::string& name, std::string_view source);

    /// Runs a script in the global scope, then the jobs of promises. A script that interrupt() ends
    /// fails with "interrupted".
    [[nodiscard]] Evaluation evaluate(std::string_view source, const std::string& file);
    /// The same for a native function that runs a script: an error of the script goes on to the
    /// caller.
    [[nodiscard]] NativeAnswer run_nested(std::string_view source, const std::string& file);
    /// Calls `internal.NAME(argument)`; the result as text.
    [[nodiscard]] Evaluation call_internal(const char* name, std::string_view argument);
    /// False while `source` is the beginning of a script, so that more lines must follow.
    [[nodiscard]] bool is_complete(std::string_view source);

    /// Ends the script that runs now. Async-signal-safe.
    void interrupt() noexcept;

  private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace otento::console
