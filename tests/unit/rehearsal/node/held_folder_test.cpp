// What a container has put into a folder leads the server nowhere.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "host/files.h"
#include "rehearsal/node/volume_folder.h"

namespace zdt::rehearsal {
namespace {

class HeldFolderTest : public testing::Test {
 protected:
  HeldFolderTest() : held(HeldFolder::make_own(dir.path() / "held").value()) {
    host::fs::create_directory(dir.path() / "out");
    host::write_file(dir.path() / "out/secret", "kept").value();
  }
  std::string inside(const std::string& name) { return dir.path() / "held" / name; }
  bool victim_is_whole() { return host::read_file(dir.path() / "out/secret").value() == "kept"; }

  host::TempDir dir{"zdt-held-folder-test"};
  HeldFolder held;
};

TEST_F(HeldFolderTest, NoPathLeadsOut) {
  host::fs::create_directory_symlink("../out", inside("link"));
  host::fs::create_directory_symlink(dir.path() / "out", inside("absolute"));
  for (const char* path : {"..", "../out", "/etc/passwd", "link", "link/secret", "absolute/secret", "a/../../out"}) {
    EXPECT_FALSE(held.look_up(path)) << path;
    EXPECT_FALSE(held.look_up(path, Links::kBeneath)) << path;
    EXPECT_TRUE(path[0] == '/' || !held.make(path, 0755, {})) << path;
    EXPECT_FALSE(held.write(path, "gone", 0644, {})) << path;
  }
  EXPECT_TRUE(held.make("/a", 0755, {})) << "a path from the top is one from the folder";
  EXPECT_TRUE(victim_is_whole());
  EXPECT_EQ(held.look_up("link/secret", Links::kBeneath).error().what, "cannot open \"link/secret\": it leads out of its volume");
}

TEST_F(HeldFolderTest, ALinkThatStaysInsideIsFollowedWhenItMayBe) {
  ASSERT_TRUE(held.make("a/b", 0755, {}));
  host::fs::create_directory_symlink("a/b", inside("in"));
  EXPECT_TRUE(held.look_up("in", Links::kBeneath));
  EXPECT_FALSE(held.look_up("in"));
}

TEST_F(HeldFolderTest, RemovingALinkLeavesWhatItPointsTo) {
  host::fs::create_directory_symlink(dir.path() / "out", inside("..data"));
  ASSERT_TRUE(held.make("tree", 0755, {}));
  host::fs::create_directory_symlink(dir.path() / "out", inside("tree/link"));
  EXPECT_TRUE(held.remove("tree"));
  EXPECT_TRUE(held.remove("..data"));
  EXPECT_TRUE(victim_is_whole());
  EXPECT_TRUE(held.names().empty());
}

TEST_F(HeldFolderTest, AVolumeWhoseDataLinkWasReplacedIsWrittenAnewAndNothingElseChanges) {
  const VolumeFiles first{{"k", {"1"}}}, second{{"k", {"2"}}};
  ASSERT_TRUE(write_volume_folder(held, first, {}).value());
  host::fs::remove(inside("..data"));
  host::fs::create_directory_symlink(dir.path() / "out", inside("..data"));
  EXPECT_TRUE(write_volume_folder(held, second, {}).value());
  EXPECT_EQ(host::read_file(inside("k")).value(), "2");
  EXPECT_TRUE(victim_is_whole());
}

TEST_F(HeldFolderTest, AVolumeRefusesFilesThatLeadOut) {
  for (const char* path : {"../out/secret", "/etc/x", "a/../../x", "..x", "", "a//b", "."}) {
    EXPECT_EQ(write_volume_folder(held, {{path, {"gone"}}}, {}).error().what, std::string("invalid path: ") + path);
  }
  EXPECT_TRUE(victim_is_whole());
}

}  // namespace
}  // namespace zdt::rehearsal
