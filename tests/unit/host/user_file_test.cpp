#include "host/user_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <thread>

namespace zdt::host {
namespace {

class UserFileTest : public ::testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder.path() / name; }
  void expect_refused(const fs::path& path, Code code) {
    const auto written = write_user_file(path, "x");
    ASSERT_FALSE(written) << path;
    EXPECT_EQ(written.error().code, code) << written.error().what;
    EXPECT_NE(written.error().what.find(path.string()), std::string::npos);
  }
  size_t entries() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
  }
  TempDir folder{"user-file"};
};

TEST_F(UserFileTest, AFileIsReplacedWholeAndKeepsItsMode) {
  ASSERT_TRUE(write_user_file(at("new"), "first"));
  EXPECT_EQ(*read_file(at("new")), "first");
  ASSERT_TRUE(write_file(at("old"), "old", 0640));
  const int reader = open(at("old").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_TRUE(write_user_file(at("old"), "new content"));
  char seen[8] = {};
  EXPECT_EQ(read(reader, seen, sizeof seen), 3);
  close(reader);
  struct stat status {};
  ASSERT_EQ(stat(at("old").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(entries(), 2u);
}

TEST_F(UserFileTest, WithoutCommitAFileIsAsItWas) {
  ASSERT_TRUE(write_file(at("file"), "old"));
  {
    auto file = UserFile::open(at("file"));
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half"));
  }
  EXPECT_EQ(*read_file(at("file")), "old");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(UserFileTest, ALinkIsFollowedAndStaysALink) {
  fs::create_directory(at("real"));
  ASSERT_TRUE(write_file(at("real/file"), "old"));
  fs::create_symlink("real/file", at("link"));
  fs::create_symlink("link", at("link-to-link"));
  fs::create_symlink("real/new", at("dangling"));
  ASSERT_TRUE(write_user_file(at("link-to-link"), "new"));
  ASSERT_TRUE(write_user_file(at("dangling"), "made"));
  EXPECT_TRUE(fs::is_symlink(at("link")) && fs::is_symlink(at("link-to-link")) && fs::is_symlink(at("dangling")));
  EXPECT_EQ(*read_file(at("real/file")), "new");
  EXPECT_EQ(*read_file(at("real/new")), "made");
  fs::create_symlink("none/file", at("nowhere"));
  EXPECT_EQ(write_user_file(at("nowhere"), "x").error().code, Code::kUsage);
  fs::create_symlink("loop", at("loop"));
  expect_refused(at("loop"), Code::kEnvironment);
}

TEST_F(UserFileTest, ADeviceIsWrittenThroughAndStaysADevice) {
  ASSERT_TRUE(write_user_file("/dev/null", "x"));
  fs::create_symlink("/dev/null", at("null"));
  ASSERT_TRUE(write_user_file(at("null"), "x"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  expect_refused("/dev/full", Code::kEnvironment);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(UserFileTest, AFifoIsWrittenThroughOnceItHasAReader) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  ASSERT_TRUE(check_user_file(at("fifo"))) << "a check opens nothing";
  std::string seen;
  std::thread reader([&] { seen = *read_file(at("fifo")); });
  const std::string content(1 << 18, 'x');
  EXPECT_TRUE(write_user_file(at("fifo"), content));
  reader.join();
  EXPECT_EQ(seen, content);
  EXPECT_TRUE(fs::is_fifo(at("fifo")));
}

TEST_F(UserFileTest, OurOwnDescriptorsAreWrittenThrough) {
  const int fd = open(at("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(write(fd, "before ", 7), 7);
  for (const std::string& path : {fmt::format("/dev/fd/{}", fd), fmt::format("/proc/self/fd/{}", fd), fmt::format("/proc/{}/fd/{}", getpid(), fd)}) {
    ASSERT_TRUE(write_user_file(path, "x")) << path;
  }
  EXPECT_EQ(*read_file(at("file")), "before xxx") << "it goes on where the descriptor is";
  close(fd);
  EXPECT_EQ(write_user_file(fmt::format("/dev/fd/{}", fd), "x").error().code, Code::kEnvironment);
}

TEST_F(UserFileTest, WhatCannotBeAFileIsRefusedInAWayThatSaysWhy) {
  expect_refused(folder.path(), Code::kUsage);
  expect_refused(at("none/file"), Code::kUsage);
  ASSERT_TRUE(write_file(at("file"), "x"));
  expect_refused(at("file/below"), Code::kEnvironment);
  expect_refused(folder.path() / std::string(300, 'n'), Code::kEnvironment);
  for (const fs::path& path : {folder.path(), at("none/file"), at("file/below"), folder.path() / std::string(300, 'n')}) {
    const auto checked = check_user_file(path), written = write_user_file(path, "x");
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code, written.error().code) << path;
  }
}

TEST_F(UserFileTest, AFileThatIsAMountGetsTheContent) {
  ASSERT_TRUE(write_file(at("source"), "a longer old content"));
  ASSERT_TRUE(write_file(at("mounted"), ""));
  if (mount(at("source").c_str(), at("mounted").c_str(), nullptr, MS_BIND, nullptr) != 0) return;  // only root may
  const auto written = write_user_file(at("mounted"), "new");
  umount(at("mounted").c_str());
  EXPECT_TRUE(written) << written.error().what;
  EXPECT_EQ(*read_file(at("source")), "new");
  EXPECT_EQ(entries(), 2u);
}

}  // namespace
}  // namespace zdt::host
