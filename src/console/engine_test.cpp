// The engine alone, and its natives, interruption, limits.
#include <otento/console/engine.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace otento::console {
namespace {

class EngineTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_NE(engine_, nullptr);
        const Evaluation loaded = engine_->load(
            "<test>",
            "(function ($) { $.inspect = (x) => String(x); "
            "$.describeError = (e) => e.name + ': ' + e.message; $.double = (x) => x + x; })");
        ASSERT_FALSE(loaded.failed) << loaded.text;
    }
    std::unique_ptr<Engine> engine_ = Engine::create();
};

TEST_F(EngineTest, scripts_share_the_global_scope) {
    EXPECT_EQ(engine_->evaluate("let a = 1; var b = 2; a + b", "x").text, "3");
    EXPECT_EQ(engine_->evaluate("a + b", "x").text, "3");
    EXPECT_EQ(engine_->evaluate("2n ** 100n", "x").text, "1267650600228229401496703205376");
    EXPECT_EQ(engine_->evaluate("[1,2].map(x => `${x}`)?.join('-')", "x").text, "1-2");
}

TEST_F(EngineTest, errors_are_described_and_the_engine_goes_on) {
    const Evaluation thrown = engine_->evaluate("throw new TypeError('no')", "x");
    EXPECT_TRUE(thrown.failed);
    EXPECT_EQ(thrown.text, "TypeError: no");
    EXPECT_EQ(engine_->evaluate("missing", "x").text, "ReferenceError: missing is not defined");
    EXPECT_TRUE(engine_->evaluate("(", "x").text.starts_with("SyntaxError"));
    EXPECT_EQ(engine_->evaluate("1", "x").text, "1");
}

TEST_F(EngineTest, natives_take_and_give_text) {
    ASSERT_TRUE(
        engine_->define("join", [](const std::vector<std::string>& arguments) -> NativeAnswer {
            std::string out;
            for (const auto& argument : arguments) {
                out += argument + ";";
            }
            return {.text = out};
        }));
    ASSERT_TRUE(engine_->define("refuse", [](const std::vector<std::string>&) -> NativeAnswer {
        return {.failed = true, .text = "100% no"};
    }));
    const Evaluation loaded =
        engine_->load("<test>", "(function ($) { globalThis.n = $.native; })");
    ASSERT_FALSE(loaded.failed) << loaded.text;
    EXPECT_EQ(engine_->evaluate("n.join(1, 'é', null)", "x").text, "1;é;null;");
    EXPECT_EQ(engine_->evaluate("n.refuse()", "x").text, "Error: 100% no");
    EXPECT_EQ(engine_->evaluate("try { n.refuse() } catch (e) { 'caught' }", "x").text, "caught");
}

TEST_F(EngineTest, a_nested_script_throws_into_its_caller) {
    ASSERT_TRUE(engine_->define("run", [this](const std::vector<std::string>& arguments) {
        return engine_->run_nested(arguments.at(0), "inner.js");
    }));
    ASSERT_FALSE(engine_->load("<test>", "(function ($) { globalThis.n = $.native; })").failed);
    EXPECT_EQ(engine_->evaluate("n.run('const deep = 7'); deep", "x").text, "7");
    EXPECT_EQ(
        engine_->evaluate("try { n.run('throw new RangeError(1)') } catch (e) { e.name }", "x")
            .text,
        "RangeError");
}

TEST_F(EngineTest, promises_are_settled_before_the_next_script) {
    EXPECT_FALSE(
        engine_->evaluate("var seen = 0; Promise.resolve(5).then((x) => { seen = x })", "x")
            .failed);
    EXPECT_EQ(engine_->evaluate("seen", "x").text, "5");
}

TEST_F(EngineTest, an_endless_script_can_be_interrupted) {
    std::thread interrupter([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        engine_->interrupt();
    });
    const Evaluation result = engine_->evaluate("for (;;) {}", "x");
    interrupter.join();
    EXPECT_TRUE(result.failed);
    EXPECT_EQ(result.text, "interrupted");
    EXPECT_EQ(engine_->evaluate("1 + 1", "x").text, "2");
}

TEST_F(EngineTest, endless_recursion_is_an_error) {
    EXPECT_EQ(engine_->evaluate("(function f() { f() })()", "x").text,
              "InternalError: too much recursion");
}

TEST_F(EngineTest, an_unfinished_script_is_told_from_a_wrong_one) {
    EXPECT_FALSE(engine_->is_complete("function f() {"));
    EXPECT_FALSE(engine_->is_complete("`a"));
    EXPECT_TRUE(engine_->is_complete("f()"));
    EXPECT_TRUE(engine_->is_complete("var = 1"));
}

TEST_F(EngineTest, internal_functions_can_be_called) {
    EXPECT_EQ(engine_->call_internal("double", "ab").text, "abab");
    EXPECT_TRUE(engine_->call_internal("nothing", "").failed);
}

}  // namespace
}  // namespace otento::console
