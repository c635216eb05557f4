// From a request body to its answer: finds methods, runs calls and batches, bounds both.
#pragma once

#include <otento/rpc/method.hpp>

#include <string>
#include <unordered_map>

namespace otento::rpc {

/// The text to send back; empty when there is nothing to answer (notifications only).
using Respond = std::function<void(std::string)>;

/// The namespaces of all methods: what the local socket serves.
[[nodiscard]] std::vector<std::string> all_modules();

/// Thread-safe after construction; backend and clock outlive it, and it outlives all answers.
class Dispatcher {
  public:
    Dispatcher(Backend& backend, const Clock& clock, Options options,
               std::vector<Method> methods = all_methods());
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    /// Answers one body, a call or a batch; `respond` is called once, now or later, from any
    /// thread.
    ///
    /// Calls of a batch run one after the other, except that asynchronous ones which follow each
    /// other are all started before the first has answered; their order of submission is that of
    /// the batch.
    void handle(std::string body, Respond respond);

    [[nodiscard]] const Options& options() const noexcept { return options_; }

  private:
    friend class Run;

    /// Null if unknown or not enabled.
    [[nodiscard]] const Method* find(std::string_view name) const;
    [[nodiscard]] bool enabled(std::string_view name) const;

    Backend& backend_;
    const Clock& clock_;
    const Options options_;
    std::unordered_map<std::string_view, Method> methods_;
    std::string modules_;  ///< Result of rpc_modules.
};

}  // namespace otento::rpc
