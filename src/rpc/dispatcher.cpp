#include <otento/rpc/dispatcher.hpp>

#include <otento/base/logger.hpp>
#include <otento/jsonrpc/envelope.hpp>

#include <algorithm>
#include <atomic>
#include <set>

namespace otento::rpc {

using jsonrpc::Document;
using jsonrpc::Message;
using jsonrpc::Request;

namespace {

constexpr std::string_view MODULES_METHOD = "rpc_modules";

Error method_not_found(std::string_view name) {
    return {.code = jsonrpc::METHOD_NOT_FOUND,
            .message = fmt::format("the method {} does not exist/is not available", name)};
}

std::string_view module_of(std::string_view name) {
    return name.substr(0, std::min(name.find('_'), name.size()));
}

std::string error_response(std::string_view id, const Error& error) {
    Writer out;
    jsonrpc::write_error(out, id, error);
    return out.take();
}

std::string response(std::string_view id, const Outcome& outcome) {
    if (!outcome) {
        return error_response(id, outcome.error());
    }
    Writer out;
    jsonrpc::begin_result(out, id);
    out.raw(*outcome);
    jsonrpc::end_result(out);
    return out.take();
}

/// The place where exceptions end (of the standard library: memory, mostly).
Error crashed(std::string_view method, const char* what) {
    static std::atomic<uint64_t> serial = 0;
    const uint64_t id = ++serial;
    logger::error("rpc", "method handler crashed method={} incident={} what={}", method, id, what);
    return {.code = jsonrpc::INTERNAL_ERROR,
            .message = fmt::format("method handler crashed (incident {})", id)};
}

}  // namespace

/// One body being answered. Owned by whoever is at work on it: the driver, an executor's task, or
/// the replies that are awaited.
class Run : public std::enable_shared_from_this<Run> {
  public:
    Run(Dispatcher& dispatcher, Document document, Respond respond)
        : dispatcher_(dispatcher),
          document_(std::move(document)),
          message_(jsonrpc::read_message(document_.root(), dispatcher.options_.batch_items_max)),
          respond_(std::move(respond)),
          view_(dispatcher.backend_.view()),
          answers_(message_.requests.size()) {
        const uint64_t timeout_ms = dispatcher.options_.request_timeout_ms;
        if (timeout_ms != 0) {
            deadline_ns_ = dispatcher.clock_.monotonic_ns() + timeout_ms * 1'000'000;
        }
    }

    /// Runs calls in order until one has to wait for others, or for the executor.
    void drive() {
        while (next_ < message_.requests.size()) {
            const Request& request = message_.requests[next_];
            const Method* method = request.error ? nullptr : dispatcher_.find(request.method);
            const bool async = method != nullptr && method->async != nullptr;
            if (!async && !release_and_reacquire()) {
                return;  // The last reply goes on here.
            }
            if (method != nullptr && method->slow && !on_executor_ &&
                dispatcher_.options_.executor) {
                on_executor_ = true;
                dispatcher_.options_.executor([self = shared_from_this()] { self->drive(); });
                return;
            }
            start(next_++, request, method);
        }
        if (release_and_reacquire()) {
            finish();
        }
    }

  private:
    /// True when no reply is awaited. Otherwise the driver's token is gone and the last reply
    /// drives on.
    bool release_and_reacquire() {
        if (tokens_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
            return false;
        }
        tokens_.store(1, std::memory_order_relaxed);
        return true;
    }

    void replied() {
        if (tokens_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
            return;
        }
        tokens_.store(1, std::memory_order_relaxed);
        const bool work_left = next_ < message_.requests.size();
        if (work_left && dispatcher_.options_.executor) {
            on_executor_ = true;
            dispatcher_.options_.executor([self = shared_from_this()] { self->drive(); });
        } else {
            drive();
        }
    }

    void start(size_t index, const Request& request, const Method* method) {
        const auto refusal = refuse(request, method);
        if (refusal) {
            answer(index, error_response(request.id, *refusal));
        } else if (method->async != nullptr) {
            start_async(index, request, *method);
        } else {
            answer(index, run_sync(request, *method));
        }
    }

    /// Why a request is not run at all.
    std::optional<Error> refuse(const Request& request, const Method* method) const {
        if (request.error) {
            return request.error;
        }
        if (method == nullptr) {
            return method_not_found(request.method);
        }
        if (bytes_.load(std::memory_order_relaxed) > dispatcher_.options_.batch_bytes_max) {
            return Error{.code = jsonrpc::RESPONSE_TOO_LARGE, .message = "response too large"};
        }
        if (dispatcher_.clock_.monotonic_ns() >= deadline_ns_) {
            return Error{.code = jsonrpc::TIMED_OUT, .message = "request timed out"};
        }
        return std::nullopt;
    }

    Context context() const {
        return {.backend = dispatcher_.backend_,
                .options = dispatcher_.options_,
                .view = view_,
                .clock = dispatcher_.clock_,
                .deadline_ns = deadline_ns_};
    }

    std::string run_sync(const Request& request, const Method& method) const {
        try {
            const Params params(request.params);
            Writer out;
            jsonrpc::begin_result(out, request.id);
            Result<void, Error> done = params.at_most(method.params_max);
            if (done && method.name == MODULES_METHOD) {
                out.raw(dispatcher_.modules_);
            } else if (done) {
                Context seen = context();
                done = method.sync(seen, params, out);
            }
            if (!done) {
                return error_response(request.id, done.error());
            }
            jsonrpc::end_result(out);
            return out.take();
        } catch (const std::exception& exception) {
            return error_response(request.id, crashed(method.name, exception.what()));
        }
    }

    void start_async(size_t index, const Request& request, const Method& method) {
        tokens_.fetch_add(1, std::memory_order_relaxed);
        // A method that crashes after it has replied, or replies twice, must not answer again.
        const auto open = std::make_shared<std::atomic<bool>>(true);
        const Reply reply = [self = shared_from_this(), index, id = request.id,
                             open](const Outcome& outcome) {
            if (open->exchange(false)) {
                self->answer(index, response(id, outcome));
                self->replied();
            }
        };
        try {
            const Params params(request.params);
            if (const auto counted = params.at_most(method.params_max); !counted) {
                reply(Err(counted.error()));
                return;
            }
            Context seen = context();
            method.async(seen, params, reply);
        } catch (const std::exception& exception) {
            reply(Err(crashed(method.name, exception.what())));
        }
    }

    void answer(size_t index, std::string text) {
        if (message_.requests[index].notification) {
            return;
        }
        bytes_.fetch_add(text.size(), std::memory_order_relaxed);
        answers_[index] = std::move(text);
    }

    void finish() {
        if (!message_.batch) {
            respond_(std::move(answers_.front()));
            return;
        }
        std::string out;
        out.reserve(bytes_.load(std::memory_order_relaxed) + answers_.size() + 2);
        for (const auto& text : answers_) {
            if (!text.empty()) {
                out += out.empty() ? '[' : ',';
                out += text;
            }
        }
        if (!out.empty()) {
            out += ']';
        }
        respond_(std::move(out));
    }

    Dispatcher& dispatcher_;
    const Document document_;
    const Message message_;
    const Respond respond_;
    /// One for all calls of a batch. Clients rely on it: ethers asks for a receipt and for the height
    /// in one batch, and waits for the next block if there is no receipt. Were the height newer, and
    /// no other block came, it would wait for ever.
    const std::shared_ptr<const chain::ChainView> view_;
    std::vector<std::string> answers_;  ///< Each slot is written by one thread, once.
    uint64_t deadline_ns_ = UINT64_MAX;
    std::atomic<size_t> bytes_ = 0;
    /// One for the driver, one for each reply awaited. Who takes the last one drives.
    std::atomic<size_t> tokens_ = 1;
    size_t next_ = 0;           ///< Of the driver.
    bool on_executor_ = false;  ///< Of the driver.
};

Dispatcher::Dispatcher(Backend& backend, const Clock& clock, Options options,
                       std::vector<Method> methods)
    : backend_(backend), clock_(clock), options_(std::move(options)) {
    std::set<std::string_view> modules = {"rpc"};
    for (const auto& method : methods) {
        ASSERT((method.sync != nullptr) != (method.async != nullptr) ||
               method.name == MODULES_METHOD);
        const bool fresh = methods_.emplace(method.name, method).second;
        ASSERT(fresh);
        if (enabled(method.name)) {
            modules.insert(module_of(method.name));
        }
    }
    methods_.emplace(MODULES_METHOD, Method{.name = MODULES_METHOD});
    Writer out;
    out.begin_object();
    for (const auto module : modules) {
        out.key(module).string("1.0");
    }
    out.end_object();
    modules_ = out.take();
}

bool Dispatcher::enabled(std::string_view name) const {
    const auto module = module_of(name);
    return module == "rpc" || std::find(options_.modules.begin(), options_.modules.end(), module) !=
                                  options_.modules.end();
}

const Method* Dispatcher::find(std::string_view name) const {
    const auto found = methods_.find(name);
    return found == methods_.end() || !enabled(name) ? nullptr : &found->second;
}

void Dispatcher::handle(std::string body, Respond respond) {
    auto document = jsonrpc::parse(std::move(body));
    if (!document) {
        respond(jsonrpc::parse_error_response(document.error()));
        return;
    }
    std::make_shared<Run>(*this, *std::move(document), std::move(respond))->drive();
}

std::vector<std::string> all_modules() {
    std::set<std::string> names;
    for (const Method& method : all_methods()) {
        names.emplace(module_of(method.name));
    }
    return {names.begin(), names.end()};
}

std::vector<Method> all_methods() {
    std::vector<Method> out;
    add_node_methods(out);
    add_block_methods(out);
    add_transaction_methods(out);
    add_state_methods(out);
    add_call_methods(out);
    add_fee_methods(out);
    add_log_methods(out);
    add_send_methods(out);
    add_sign_methods(out);
    add_personal_methods(out);
    add_debug_methods(out);
    add_raft_methods(out);
    return out;
}

}  // namespace otento::rpc
