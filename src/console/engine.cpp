#include <otento/console/engine.hpp>

#include <js/CompilationAndEvaluation.h>
#include <js/Conversions.h>
#include <js/Initialization.h>
#include <js/Interrupt.h>
#include <js/SourceText.h>
#include <jsapi.h>
#include <jsfriendapi.h>

#include <atomic>

namespace otento::console {
namespace {

constexpr uint32_t HEAP_BYTES_MAX = 1u << 30;
constexpr size_t STACK_BYTES_MAX = size_t{4} << 20;  // Of the usual 8 MiB.

const JSClass GLOBAL_CLASS = {
    "global", JSCLASS_GLOBAL_FLAGS, &JS::DefaultGlobalClassOps, nullptr, nullptr, nullptr};

// SpiderMonkey starts once in a process and wants to be told of its end.
struct EngineProcess {
    EngineProcess() : started(JS_Init()) {}
    EngineProcess(const EngineProcess&) = delete;
    EngineProcess& operator=(const EngineProcess&) = delete;
    ~EngineProcess() {
        if (started) {
            JS_ShutDown();
        }
    }
    const bool started;
};

bool init_engine_once() {
    static const EngineProcess process;
    return process.started;
}

std::string to_text(JSContext* cx, JS::HandleString text) {
    const JS::UniqueChars chars = JS_EncodeStringToUTF8(cx, text);
    return chars ? std::string(chars.get()) : std::string();
}

JSString* from_text(JSContext* cx, std::string_view text) {
    return JS_NewStringCopyUTF8N(cx, JS::UTF8Chars(text.data(), text.size()));
}

bool call_native(JSContext* cx, unsigned count, JS::Value* values) {
    const JS::CallArgs args = JS::CallArgsFromVp(count, values);
    const auto* function = static_cast<const NativeFunction*>(
        js::GetFunctionNativeReserved(&args.callee(), 0).toPrivate());
    std::vector<std::string> texts;
    for (unsigned i = 0; i < args.length(); ++i) {
        const JS::RootedString text(cx, JS::ToString(cx, args[i]));
        if (!text) {
            return false;
        }
        texts.push_back(to_text(cx, text));
    }
    const NativeAnswer answer = (*function)(texts);
    if (answer.thrown) {
        return false;
    }
    if (answer.failed) {
        JS_ReportErrorUTF8(cx, "%s", answer.text.c_str());
        return false;
    }
    JSString* const text = from_text(cx, answer.text);
    if (text == nullptr) {
        return false;
    }
    args.rval().setString(text);
    return true;
}

}  // namespace

struct Engine::Impl {
    JSContext* cx = nullptr;
    JS::PersistentRootedObject global;
    JS::PersistentRootedObject internal;  // Shared by the files of the prelude.
    JS::PersistentRootedObject native;
    std::vector<std::unique_ptr<NativeFunction>> functions;
    std::atomic<bool> interrupted = false;

    ~Impl() {
        global.reset();
        internal.reset();
        native.reset();
        if (cx != nullptr) {
            JS_DestroyContext(cx);
        }
    }

    static bool on_interrupt(JSContext* cx) {
        return !static_cast<Impl*>(JS_GetContextPrivate(cx))->interrupted.load();
    }

    bool start() {
        if (!init_engine_once()) {
            return false;
        }
        cx = JS_NewContext(HEAP_BYTES_MAX);
        if (cx == nullptr || !js::UseInternalJobQueues(cx) || !JS::InitSelfHostedCode(cx)) {
            return false;
        }
        JS_SetNativeStackQuota(cx, STACK_BYTES_MAX);
        JS_SetContextPrivate(cx, this);
        JS_AddInterruptCallback(cx, on_interrupt);
        global.init(cx, JS_NewGlobalObject(cx, &GLOBAL_CLASS, nullptr, JS::FireOnNewGlobalHook,
                                           JS::RealmOptions()));
        if (!global) {
            return false;
        }
        const JSAutoRealm realm(cx, global);
        internal.init(cx, JS_NewPlainObject(cx));
        native.init(cx, JS_NewPlainObject(cx));
        return internal && native && JS::InitRealmStandardClasses(cx) &&
               JS_DefineProperty(cx, internal, "native", native, JSPROP_ENUMERATE);
    }

    // Compiles and runs; leaves an exception pending on failure.
    bool run(std::string_view source, const std::string& file, JS::MutableHandleValue result) {
        JS::CompileOptions options(cx);
        options.setFileAndLine(file.c_str(), 1);
        JS::SourceText<mozilla::Utf8Unit> text;
        return text.init(cx, source.data(), source.size(), JS::SourceOwnership::Borrowed) &&
               JS::Evaluate(cx, options, text, result);
    }

    // internal.name(value) as text; nothing if that fails in turn.
    bool describe(const char* name, JS::HandleValue value, std::string& out) {
        JS::RootedValue result(cx);
        const JS::HandleValueArray arguments(value);
        if (!JS_CallFunctionName(cx, internal, name, arguments, &result)) {
            return false;
        }
        const JS::RootedString text(cx, JS::ToString(cx, result));
        if (text) {
            out = to_text(cx, text);
        }
        return text != nullptr;
    }

    Evaluation failure() {
        if (!JS_IsExceptionPending(cx)) {
            return {.failed = true, .text = "interrupted"};
        }
        JS::RootedValue exception(cx);
        std::string text = "Error: out of memory";
        const bool known = JS_GetPendingException(cx, &exception);
        JS_ClearPendingException(cx);
        if (known && !describe("describeError", exception, text)) {
            // The prelude is not there yet, or the error defeats it.
            JS_ClearPendingException(cx);
            const JS::RootedString plain(cx, JS::ToString(cx, exception));
            text = plain ? to_text(cx, plain) : "Error";
            JS_ClearPendingException(cx);
        }
        return {.failed = true, .text = std::move(text)};
    }
};

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

std::unique_ptr<Engine> Engine::create() {
    auto impl = std::make_unique<Impl>();
    if (!impl->start()) {
        return nullptr;
    }
    return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

bool Engine::define(const std::string& name, NativeFunction function) {
    JSContext* const cx = impl_->cx;
    const JSAutoRealm realm(cx, impl_->global);
    impl_->functions.push_back(std::make_unique<NativeFunction>(std::move(function)));
    JSFunction* const made = js::NewFunctionWithReserved(cx, call_native, 0, 0, name.c_str());
    if (made == nullptr) {
        return false;
    }
    const JS::RootedObject object(cx, JS_GetFunctionObject(made));
    js::SetFunctionNativeReserved(object, 0, JS::PrivateValue(impl_->functions.back().get()));
    return JS_DefineProperty(cx, impl_->native, name.c_str(), object, JSPROP_ENUMERATE);
}

Evaluation Engine::load(const std::string& name, std::string_view source) {
    JSContext* const cx = impl_->cx;
    const JSAutoRealm realm(cx, impl_->global);
    JS::RootedValue function(cx);
    JS::RootedValue ignored(cx);
    JS::RootedValueArray<1> arguments(cx);
    arguments[0].setObject(*impl_->internal);
    if (!impl_->run(source, name, &function) ||
        !JS_CallFunctionValue(cx, impl_->global, function, arguments, &ignored)) {
        return impl_->failure();
    }
    return {};
}

Evaluation Engine::evaluate(std::string_view source, const std::string& file) {
    JSContext* const cx = impl_->cx;
    const JSAutoRealm realm(cx, impl_->global);
    impl_->interrupted = false;
    JS::RootedValue result(cx);
    const bool done = impl_->run(source, file, &result);
    Evaluation out = done ? Evaluation{} : impl_->failure();
    js::RunJobs(cx);
    if (done && !impl_->describe("inspect", result, out.text)) {
        return impl_->failure();
    }
    return out;
}

NativeAnswer Engine::run_nested(std::string_view source, const std::string& file) {
    JS::RootedValue result(impl_->cx);
    const bool done = impl_->run(source, file, &result);
    return {.failed = !done, .thrown = !done};
}

Evaluation Engine::call_internal(const char* name, std::string_view argument) {
    JSContext* const cx = impl_->cx;
    const JSAutoRealm realm(cx, impl_->global);
    impl_->interrupted = false;
    const JS::RootedString text(cx, from_text(cx, argument));
    if (!text) {
        return impl_->failure();
    }
    const JS::RootedValue value(cx, JS::StringValue(text));
    Evaluation out;
    if (!impl_->describe(name, value, out.text)) {
        return impl_->failure();
    }
    js::RunJobs(cx);
    return out;
}

bool Engine::is_complete(std::string_view source) {
    const JSAutoRealm realm(impl_->cx, impl_->global);
    return JS_Utf8BufferIsCompilableUnit(impl_->cx, impl_->global, source.data(), source.size());
}

void Engine::interrupt() noexcept {
    impl_->interrupted = true;
    JS_RequestInterruptCallbackCanWait(impl_->cx);
}

}  // namespace otento::console
