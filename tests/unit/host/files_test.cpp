#include "host/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

namespace zdt::host {
namespace {

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

size_t entries_of(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(ReadFile, GivesTheWholeFileByteForByte) {
  TempDir folder("files");
  const std::string content("a\0b\r\n\xff", 6);
  ASSERT_TRUE(write_file(folder.path() / "file", content));
  EXPECT_EQ(*read_file(folder.path() / "file"), content);
  ASSERT_TRUE(write_file(folder.path() / "file", ""));
  EXPECT_EQ(*read_file(folder.path() / "file"), "");
}

TEST(ReadFile, TellsAMissingFileFromOneThatCannotBeRead) {
  TempDir folder("files");
  auto missing = read_file(folder.path() / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().what.find((folder.path() / "none").string()), std::string::npos);
  auto directory = read_file(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, Code::kEnvironment);
}

TEST(ReadFile, AFailingReadIsAnErrorAndNotAnEmptyFile) {
  auto memory = read_file("/proc/self/mem");  // opens, but the first page cannot be read
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, Code::kEnvironment);
}

TEST(WriteFile, MakesFoldersForUsAlone) {
  TempDir folder("files");
  ASSERT_TRUE(write_file(folder.path() / "a/b/file", "x"));
  EXPECT_EQ(mode_of(folder.path() / "a"), 0700u);
  EXPECT_EQ(mode_of(folder.path() / "a/b"), 0700u);
  EXPECT_EQ(mode_of(folder.path() / "a/b/file"), 0600u);
}

TEST(WriteFile, GivesTheModeAsked) {
  TempDir folder("files");
  ASSERT_TRUE(write_file(folder.path() / "file", "x", 0640));
  EXPECT_EQ(mode_of(folder.path() / "file"), 0640u);
}

TEST(WriteFile, ReplacesTheFileWholeAndLeavesNoTemporaryOne) {
  TempDir folder("files");
  const fs::path file = folder.path() / "file";
  ASSERT_TRUE(write_file(file, "old"));
  const int old = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_TRUE(write_file(file, "new and longer"));
  char seen[8] = {};
  EXPECT_EQ(read(old, seen, sizeof seen), 3) << "a reader keeps the old content";
  close(old);
  EXPECT_EQ(*read_file(file), "new and longer");
  EXPECT_EQ(entries_of(folder.path()), 1u);
}

TEST(WriteFile, AFailureLeavesNothingBehind) {
  TempDir folder("files");
  fs::create_directory(folder.path() / "taken");
  auto onto_folder = write_file(folder.path() / "taken", "x");
  ASSERT_FALSE(onto_folder);
  EXPECT_EQ(onto_folder.error().code, Code::kEnvironment);
  EXPECT_EQ(entries_of(folder.path()), 1u);
}

TEST(WriteFile, WhatCannotBeWrittenIsAnErrorOfTheEnvironment) {
  TempDir folder("files");
  ASSERT_TRUE(write_file(folder.path() / "file", "x"));
  const std::string long_name(300, 'n');
  for (const fs::path& path : {folder.path() / "file/below", folder.path() / long_name / "file",
                               fs::path("/proc/no-such-folder/file")}) {
    std::optional<Result<void>> written;
    EXPECT_NO_THROW(written = write_file(path, "x")) << path;
    ASSERT_TRUE(written.has_value());
    ASSERT_FALSE(*written) << path;
    EXPECT_EQ(written->error().code, Code::kEnvironment) << written->error().what;
  }
}

TEST(TempDir, IsOursAloneAndGoesWithItsContent) {
  fs::path path;
  {
    const TempDir folder("zdt-test");
    path = folder.path();
    EXPECT_EQ(mode_of(path), 0700u);
    EXPECT_TRUE(path.filename().string().starts_with("zdt-test-"));
    ASSERT_TRUE(write_file(path / "a/b", "x"));
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace zdt::host
