// PosixDisk on a real directory, SimDisk's way of forgetting, and what both must have in common.
#include <otento/storage/disk.hpp>
#include <otento/storage/testing/sim_disk.hpp>
#include <otento/storage/testing/temporary_directory.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace otento::storage {
namespace {

using testing::SimDisk;
using testing::TemporaryDirectory;

void exercise(Disk& disk, const std::string& directory) {
    ASSERT_TRUE(disk.create_directories(directory));
    const std::string path = directory + "/file";
    EXPECT_EQ(disk.open(path, OpenMode::existing).error().code, DiskError::not_found);
    auto file = std::move(disk.open(path, OpenMode::create_new)).value();
    EXPECT_EQ(disk.open(path, OpenMode::create_new).error().code, DiskError::already_exists);

    ASSERT_TRUE(file->preallocate(1000));
    EXPECT_EQ(file->size().value(), 1000U);
    const std::array<BytesView, 3> parts = {bytes_of("ab"), BytesView{}, bytes_of("cde")};
    ASSERT_TRUE(file->pwritev(500, parts));
    ASSERT_TRUE(file->sync());
    Bytes out(7, 0xee);
    EXPECT_EQ(file->pread(499, out).value(), 7U);
    EXPECT_TRUE(equal(out, Bytes{0, 'a', 'b', 'c', 'd', 'e', 0}));
    EXPECT_EQ(file->pread(998, out).value(), 2U);
    EXPECT_EQ(file->pread(2000, out).value(), 0U);
    ASSERT_TRUE(file->truncate(502));
    EXPECT_EQ(file->size().value(), 502U);
    ASSERT_TRUE(file->truncate(504));
    EXPECT_EQ(file->pread(500, out).value(), 4U);
    EXPECT_TRUE(equal(BytesView{out}.first(4), Bytes{'a', 'b', 0, 0}));

    ASSERT_TRUE(disk.open(directory + "/b", OpenMode::open_or_create));
    ASSERT_TRUE(disk.rename(path, directory + "/a"));
    ASSERT_TRUE(disk.sync_directory(directory));
    EXPECT_EQ(disk.list(directory).value(), (std::vector<std::string>{"a", "b"}));
    ASSERT_TRUE(disk.remove(directory + "/b"));
    EXPECT_EQ(disk.remove(directory + "/b").error().code, DiskError::not_found);
    EXPECT_EQ(disk.rename(directory + "/b", path).error().code, DiskError::not_found);
}

TEST(Disk, posix_and_simulated_disk_agree) {
    const TemporaryDirectory temporary;
    const auto posix = make_posix_disk();
    exercise(*posix, temporary.path() + "/x/y");
    SimDisk sim(1);
    exercise(sim, "x/y");
}

TEST(PosixDisk, writes_more_parts_than_one_system_call_takes) {
    const TemporaryDirectory temporary;
    const auto disk = make_posix_disk();
    auto file = std::move(disk->open(temporary.path() + "/f", OpenMode::create_new)).value();
    const Bytes piece = {1, 2, 3};
    const std::vector<BytesView> parts(1000, BytesView{piece});
    ASSERT_TRUE(file->pwritev(0, parts));
    Bytes out(3000);
    ASSERT_EQ(file->pread(0, out).value(), 3000U);
    for (size_t i = 0; i < out.size(); ++i) {
        ASSERT_EQ(out[i], piece[i % 3]);
    }
}

TEST(PosixDisk, lock_is_exclusive_and_ends_with_its_owner) {
    const TemporaryDirectory temporary;
    const auto disk = make_posix_disk();
    auto lock = disk->lock(temporary.path() + "/LOCK");
    ASSERT_TRUE(lock);
    EXPECT_EQ(disk->lock(temporary.path() + "/LOCK").error().code, DiskError::locked);
    lock.value().reset();
    EXPECT_TRUE(disk->lock(temporary.path() + "/LOCK"));
}

TEST(PosixDisk, full_disk_is_an_answer) {
    const auto disk = make_posix_disk();
    auto file = disk->open("/dev/full", OpenMode::existing);
    if (!file) {
        GTEST_SKIP() << "no /dev/full here";
    }
    const auto written = (*file)->pwrite(0, bytes_of("x"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, DiskError::no_space);
    EXPECT_NE(written.error().text.find("No space left"), std::string::npos);
}

TEST(PosixDisk, syncs_on_another_thread_while_the_owner_writes) {
    const TemporaryDirectory temporary;
    const auto disk = make_posix_disk();
    auto file = std::move(disk->open(temporary.path() + "/f", OpenMode::create_new)).value();
    std::thread syncer([&] {
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(file->sync());
        }
    });
    for (uint64_t i = 0; i < 500; ++i) {
        ASSERT_TRUE(file->pwrite(i, bytes_of("x")));
    }
    syncer.join();
    EXPECT_EQ(file->size().value(), 500U);
}

TEST(SimDisk, unsynced_sectors_are_kept_or_lost_each_by_itself) {
    size_t lost = 0;
    size_t kept = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
        SimDisk disk(seed);
        auto file = std::move(disk.open("d/f", OpenMode::create_new)).value();
        ASSERT_TRUE(file->preallocate(4096));
        ASSERT_TRUE(file->sync());
        ASSERT_TRUE(disk.sync_directory("d"));
        ASSERT_TRUE(file->pwrite(0, Bytes(4096, 0xaa)));
        disk.crash();
        const Bytes content = disk.content("d/f");
        ASSERT_EQ(content.size(), 4096U);
        for (size_t sector = 0; sector < 8; ++sector) {
            for (size_t i = 1; i < 512; ++i) {
                ASSERT_EQ(content[sector * 512], content[sector * 512 + i]) << "half a sector";
            }
            (content[sector * 512] == 0 ? lost : kept) += 1;
        }
        EXPECT_FALSE(file->sync()) << "handles of before the crash are dead";
    }
    EXPECT_GT(lost, 100U);
    EXPECT_GT(kept, 100U);
}

TEST(SimDisk, keeps_what_was_synced_and_loses_entries_that_were_not) {
    size_t lost = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
        SimDisk disk(seed);
        for (const char* path : {"d/synced", "d/unsynced"}) {
            auto file = std::move(disk.open(path, OpenMode::create_new)).value();
            ASSERT_TRUE(file->pwrite(0, bytes_of("data")));
            ASSERT_TRUE(file->sync());
            if (path == std::string("d/synced")) {
                ASSERT_TRUE(disk.sync_directory("d"));
            }
        }
        disk.crash();
        ASSERT_EQ(as_text(disk.content("d/synced")), "data");
        lost += disk.exists("d/unsynced") ? 0 : 1;
    }
    EXPECT_GT(lost, 5U);
    EXPECT_LT(lost, 45U);
}

TEST(SimDisk, power_off_stops_everything_until_the_crash) {
    SimDisk disk(1);
    auto file = std::move(disk.open("d/f", OpenMode::create_new)).value();
    disk.power_off_after(2);
    EXPECT_TRUE(file->pwrite(0, bytes_of("x")));
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(disk.powered());
    EXPECT_FALSE(disk.open("d/f", OpenMode::existing));
    disk.crash();
    EXPECT_TRUE(disk.powered());
}

TEST(SimDisk, full_disk_refuses_growth_and_takes_writes_inside_files) {
    SimDisk disk(1);
    auto file = std::move(disk.open("d/f", OpenMode::create_new)).value();
    disk.set_free_bytes(100);
    ASSERT_TRUE(file->preallocate(100));
    EXPECT_EQ(file->pwrite(50, Bytes(51)).error().code, DiskError::no_space);
    EXPECT_TRUE(file->pwrite(50, Bytes(50)));
    ASSERT_TRUE(disk.remove("d/f"));
    auto other = std::move(disk.open("d/g", OpenMode::create_new)).value();
    EXPECT_TRUE(other->preallocate(100));
}

TEST(SimDisk, a_failed_sync_loses_some_sectors_for_good) {
    size_t lost = 0;
    for (uint64_t seed = 0; seed < 40; ++seed) {
        SimDisk disk(seed);
        auto file = std::move(disk.open("d/f", OpenMode::create_new)).value();
        ASSERT_TRUE(disk.sync_directory("d"));
        ASSERT_TRUE(file->preallocate(512));
        ASSERT_TRUE(file->sync());
        ASSERT_TRUE(file->pwrite(0, Bytes(512, 1)));
        disk.set_error_chance(0, 1000);
        EXPECT_FALSE(file->sync());
        disk.set_error_chance(0, 0);
        EXPECT_TRUE(file->sync()) << "the next sync says all is well";
        disk.crash();
        lost += disk.content("d/f")[0] == 0 ? 1 : 0;
    }
    EXPECT_GT(lost, 5U);
}

}  // namespace
}  // namespace otento::storage
