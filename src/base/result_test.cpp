#include <otento/base/result.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace otento {
namespace {

enum class TestError { first, second };

Result<std::unique_ptr<int>, TestError> make(bool good) {
    if (!good) {
        return Err(TestError::second);
    }
    return std::make_unique<int>(7);
}

Result<int, TestError> twice(bool good) {
    TRY(const auto value, make(good));
    return *value * 2;
}

TEST(Result, try_passes_value_or_error_on) {
    EXPECT_EQ(*twice(true), 14);
    EXPECT_EQ(twice(false).error(), TestError::second);
}

TEST(Result, void_results) {
    const auto check = [](bool good) -> Result<void, TestError> {
        if (!good) {
            return Err(TestError::first);
        }
        return {};
    };
    EXPECT_TRUE(check(true));
    EXPECT_FALSE(check(false));
}

TEST(ResultDeathTest, reading_a_missing_value_is_a_bug) {
    EXPECT_DEATH((void)*twice(false), "broken invariant");
}

}  // namespace
}  // namespace otento
