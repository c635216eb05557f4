#include <otento/raft/log_index.hpp>

#include <gtest/gtest.h>

#include <map>

namespace otento::raft {
namespace {

TEST(LogIndex, knows_terms_and_sizes_of_what_it_holds) {
    LogIndex log;
    for (const Term term : {1U, 1U, 2U, 4U, 4U}) {
        log.append(term, 10);
    }
    EXPECT_EQ(log.last(), 5U);
    EXPECT_EQ(log.last_term(), 4U);
    EXPECT_EQ(log.term_at(0), 0U);
    EXPECT_EQ(log.term_at(3), 2U);
    EXPECT_EQ(log.term_at(6), 0U);
    EXPECT_EQ(log.first_of_term_at(5), 4U);
    EXPECT_EQ(log.bytes_between(1, 4), 30U);
    EXPECT_EQ(log.last_of_term_at_most(5, 3), 3U);
    EXPECT_EQ(log.last_of_term_at_most(2, 3), 2U);
    EXPECT_EQ(log.last_of_term_at_most(5, 0), 0U);
    EXPECT_TRUE(log.holds(0, 0));
    EXPECT_FALSE(log.holds(6, 0));
}

/// Against a plain map, under random appends, cuts at either end and resets.
TEST(LogIndex, agrees_with_a_plain_list) {
    Random random(3);
    LogIndex log;
    std::map<Index, std::pair<Term, uint32_t>> model;
    Index base = 0;
    Term base_term = 0;
    for (int i = 0; i < 20000; ++i) {
        const Index last = base + model.size();
        const uint64_t dice = random.below(100);
        if (dice < 80) {
            const Term term = std::max<Term>(1, log.last_term() + (random.chance(200) ? 1 : 0));
            const auto bytes = static_cast<uint32_t>(random.below(100));
            log.append(term, bytes);
            model[last + 1] = {term, bytes};
        } else if (dice < 88 && last > base) {
            const Index from = random.between(
                std::max(base + 1, last - std::min<Index>(last - base - 1, 9)), last);
            log.truncate_from(from);
            model.erase(model.lower_bound(from), model.end());
        } else if (dice < 96) {
            const Index to = random.between(base, base + std::min<Index>(last - base, 12));
            if (to > base) {
                base_term = model.at(to).first;
            }
            log.compact_to(to);
            model.erase(model.begin(), model.upper_bound(to));
            base = to;
        } else if (dice == 99 && random.chance(20)) {
            base = random.below(50);
            base_term = base == 0 ? 0 : 1 + random.below(3);
            log.reset(base, base_term);
            model.clear();
        }
        ASSERT_EQ(log.base(), base);
        ASSERT_EQ(log.last(), base + model.size());
        const Index probe = random.between(base, log.last() + 1);
        const Term expected = probe == base           ? base_term
                              : model.contains(probe) ? model.at(probe).first
                                                      : 0;
        ASSERT_EQ(log.term_at(probe), expected);
        const Index end = random.between(base, log.last());
        uint64_t bytes = 0;
        for (Index k = base + 1; k <= end; ++k) {
            bytes += model.at(k).second;
        }
        ASSERT_EQ(log.bytes_between(base, end), bytes);
        const Term limit_term = random.below(log.last_term() + 2);
        std::optional<Index> largest;
        for (Index k = base; k <= end; ++k) {
            if (log.term_at(k) <= limit_term) {
                largest = k;
            }
        }
        ASSERT_EQ(log.last_of_term_at_most(end, limit_term), largest);
    }
}

}  // namespace
}  // namespace otento::raft
