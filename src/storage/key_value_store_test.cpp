#include <otento/storage/key_value_store.hpp>

#include <otento/storage/testing/temporary_directory.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace otento::storage {
namespace {

constexpr ColumnId STATE = 0;
constexpr ColumnId BODIES = 1;

class KeyValueStoreTest : public ::testing::Test {
  protected:
    [[nodiscard]] StoreOptions options() const {
        return {.path = directory_.path() + "/db",
                .column_families = {{.name = "state"},
                                    {.name = "bodies", .compression = Compression::zstd}}};
    }
    [[nodiscard]] std::unique_ptr<KeyValueStore> open() const {
        auto store = KeyValueStore::open(options());
        EXPECT_TRUE(store) << store.error().text;
        return std::move(store).value();
    }
    static void put(KeyValueStore& store, ColumnId column, std::string_view key,
                    std::string_view value) {
        WriteBatch batch = store.batch();
        batch.put(column, bytes_of(key), bytes_of(value));
        ASSERT_TRUE(store.commit(batch));
    }
    static std::string get(const KeyValueStore& store, ColumnId column, std::string_view key,
                           const StoreSnapshot* snapshot = nullptr) {
        const auto value = store.get(column, bytes_of(key), snapshot);
        EXPECT_TRUE(value);
        return value->has_value() ? std::string(as_text(**value)) : "(none)";
    }

    testing::TemporaryDirectory directory_;
};

TEST_F(KeyValueStoreTest, keeps_what_was_committed_over_a_restart) {
    {
        const auto store = open();
        put(*store, STATE, "a", "1");
        put(*store, BODIES, "a", "body");
    }
    const auto store = open();
    EXPECT_EQ(get(*store, STATE, "a"), "1");
    EXPECT_EQ(get(*store, BODIES, "a"), "body");
    EXPECT_EQ(get(*store, STATE, "b"), "(none)");
}

TEST_F(KeyValueStoreTest, applies_a_batch_in_order_and_empties_it) {
    const auto store = open();
    put(*store, STATE, "k1", "x");
    put(*store, STATE, "k2", "x");
    put(*store, STATE, "k3", "x");
    WriteBatch batch = store->batch();
    batch.remove_range(STATE, bytes_of("k1"), bytes_of("k3"));
    batch.put(STATE, bytes_of("k2"), bytes_of("y"));
    batch.put(STATE, bytes_of("k4"), bytes_of("z"));
    batch.remove(STATE, bytes_of("k4"));
    EXPECT_EQ(batch.count(), 4U);
    ASSERT_TRUE(store->commit(batch, Durability::synced));
    EXPECT_EQ(batch.count(), 0U);
    EXPECT_EQ(get(*store, STATE, "k1"), "(none)");
    EXPECT_EQ(get(*store, STATE, "k2"), "y");
    EXPECT_EQ(get(*store, STATE, "k3"), "x");
    EXPECT_EQ(get(*store, STATE, "k4"), "(none)");
}

TEST_F(KeyValueStoreTest, snapshot_does_not_see_later_commits) {
    const auto store = open();
    put(*store, STATE, "a", "old");
    const auto snapshot = store->snapshot();
    put(*store, STATE, "a", "new");
    put(*store, STATE, "b", "new");
    EXPECT_EQ(get(*store, STATE, "a", snapshot.get()), "old");
    EXPECT_EQ(get(*store, STATE, "b", snapshot.get()), "(none)");
    EXPECT_EQ(get(*store, STATE, "a"), "new");
    StoreIterator it = store->iterate(STATE, {.snapshot = snapshot.get()});
    size_t seen = 0;
    for (it.seek_to_first(); it.valid(); it.next()) {
        ++seen;
    }
    EXPECT_EQ(seen, 1U);
}

TEST_F(KeyValueStoreTest, snapshot_outlives_the_store_object) {
    auto store = open();
    put(*store, STATE, "a", "old");
    const auto snapshot = store->snapshot();
    store.reset();
}

TEST_F(KeyValueStoreTest, iterates_inside_bounds_in_byte_order) {
    const auto store = open();
    for (const char* key : {"d", "b", "a", "c", "e"}) {
        put(*store, STATE, key, key);
    }
    StoreIterator it = store->iterate(STATE, {.lower = bytes_of("b"), .upper = bytes_of("e")});
    std::string keys;
    for (it.seek_to_first(); it.valid(); it.next()) {
        keys += as_text(it.key());
    }
    EXPECT_EQ(keys, "bcd");
    EXPECT_TRUE(it.status());
    it.seek_for_prev(bytes_of("cz"));
    ASSERT_TRUE(it.valid());
    EXPECT_EQ(as_text(it.key()), "c");
    it.seek_to_last();
    ASSERT_TRUE(it.valid());
    EXPECT_EQ(as_text(it.value()), "d");
}

TEST_F(KeyValueStoreTest, multi_get_answers_in_the_order_asked) {
    const auto store = open();
    put(*store, STATE, "a", "1");
    put(*store, STATE, "c", "3");
    const std::vector<BytesView> keys = {bytes_of("c"), bytes_of("b"), bytes_of("a")};
    const auto values = store->multi_get(STATE, keys);
    ASSERT_TRUE(values);
    ASSERT_EQ(values->size(), 3U);
    EXPECT_EQ(as_text(*(*values)[0]), "3");
    EXPECT_FALSE((*values)[1]);
    EXPECT_EQ(as_text(*(*values)[2]), "1");
}

TEST_F(KeyValueStoreTest, visits_values_without_a_copy) {
    const auto store = open();
    put(*store, STATE, "a", "value");
    size_t size = 0;
    const auto found =
        store->visit(STATE, bytes_of("a"), [&](BytesView value) { size = value.size(); });
    ASSERT_TRUE(found);
    EXPECT_TRUE(*found);
    EXPECT_EQ(size, 5U);
    EXPECT_TRUE(store->contains(STATE, bytes_of("a")).value());
    EXPECT_FALSE(store->contains(BODIES, bytes_of("a")).value());
}

TEST_F(KeyValueStoreTest, says_locked_when_somebody_else_has_it) {
    const auto store = open();
    const auto second = KeyValueStore::open(options());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, StoreError::locked) << second.error().text;
}

TEST_F(KeyValueStoreTest, says_corrupt_when_the_manifest_is_damaged) {
    put(*open(), STATE, "a", "1");
    for (const auto& file : std::filesystem::directory_iterator(options().path)) {
        if (file.path().filename().string().starts_with("MANIFEST")) {
            std::ofstream(file.path(), std::ios::trunc)
                << "not a manifest at all, not even a little";
        }
    }
    const auto store = KeyValueStore::open(options());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, StoreError::corrupt) << store.error().text;
}

TEST_F(KeyValueStoreTest, refuses_an_absent_store_when_told_not_to_create) {
    StoreOptions wanted = options();
    wanted.create_if_missing = false;
    const auto store = KeyValueStore::open(wanted);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, StoreError::bad_options);
}

TEST_F(KeyValueStoreTest, keeps_column_families_it_was_not_told_about) {
    put(*open(), BODIES, "a", "body");
    StoreOptions fewer = options();
    fewer.column_families.pop_back();
    {
        ASSERT_TRUE(KeyValueStore::open(fewer));
    }
    EXPECT_EQ(get(*open(), BODIES, "a"), "body");
}

TEST_F(KeyValueStoreTest, a_column_may_change_how_it_is_merged) {
    constexpr int KEYS = 200;
    const auto key = [](int i) { return "key" + std::to_string(i * 7919 % KEYS); };
    StoreOptions changing = options();
    for (int round = 0; round < 6; ++round) {
        changing.column_families[STATE].merging =
            round % 2 == 0 ? Merging::leveled : Merging::tiered;
        const auto opened = KeyValueStore::open(changing);
        ASSERT_TRUE(opened) << opened.error().text;
        KeyValueStore& store = **opened;
        for (int i = 0; round > 0 && i < KEYS; ++i) {
            ASSERT_EQ(get(store, STATE, key(i)), i % 6 == round - 1 ? "(none)" : "0") << round;
        }
        for (int part = 0; part < 5; ++part) {  // Enough tables to be merged.
            const auto held = store.snapshot();
            WriteBatch batch = store.batch();
            for (int i = 0; i < KEYS; ++i) {
                const std::string value = std::to_string(4 - part);
                batch.put(STATE, bytes_of(key(i)), bytes_of(value));
                if (i % 6 == round) {
                    batch.remove(STATE, bytes_of(key(i)));
                }
            }
            ASSERT_TRUE(store.commit(batch));
            ASSERT_TRUE(store.flush());
        }
    }
}

TEST_F(KeyValueStoreTest, readers_and_a_writer_share_it) {
    const auto store = open();
    put(*store, STATE, "n", "0");
    std::thread reader([&] {
        for (int i = 0; i < 2000; ++i) {
            ASSERT_NE(get(*store, STATE, "n"), "(none)");
        }
    });
    for (int i = 0; i < 500; ++i) {
        put(*store, STATE, "n", std::to_string(i));
    }
    reader.join();
    EXPECT_EQ(get(*store, STATE, "n"), "499");
}

TEST_F(KeyValueStoreTest, checkpoint_opens_as_a_store_of_that_moment) {
    const auto store = open();
    put(*store, STATE, "a", "1");
    StoreOptions copy = options();
    copy.path = directory_.path() + "/copy";
    ASSERT_TRUE(store->checkpoint(copy.path));
    put(*store, STATE, "a", "2");
    const auto reopened = KeyValueStore::open(copy);
    ASSERT_TRUE(reopened);
    EXPECT_EQ(get(**reopened, STATE, "a"), "1");
}

TEST_F(KeyValueStoreTest, tells_its_size) {
    const auto store = open();
    put(*store, STATE, "a", std::string(100'000, 'x'));
    ASSERT_TRUE(store->flush());
    EXPECT_GT(store->statistics().disk_bytes, 90'000U);
    EXPECT_FALSE(store->property(STATE, "rocksdb.stats").empty());
}

}  // namespace
}  // namespace otento::storage
