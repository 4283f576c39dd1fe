// Bundles: made, verified, taken out of, and hostile ones refused.
#include "unit/bundle/bundle_world.h"

#include "bundle/sha256.h"

namespace zdt::bundle {
namespace {

TEST_F(BundleTest, WhatWasCreatedVerifiesAndComesOutAsItWentIn) {
  auto pieces = some_pieces();
  auto index = create(pieces, {{"image", "busybox:1.36"}});
  ASSERT_TRUE(index) << index.error().what;
  ASSERT_EQ(index->entries.size(), 3u);
  EXPECT_EQ(progress.first, progress.second);
  EXPECT_GT(progress.second, 1'200'000) << "each byte is read twice: for its sum, and into the file";
  EXPECT_EQ(problems(), "");
  auto bundle = Bundle::open(file(), folder.path() / "out").value();
  for (const Piece& piece : pieces) {
    auto taken = on_loop(loop, bundle->extract(piece.kind, piece.name));
    ASSERT_TRUE(taken) << taken.error().what;
    EXPECT_EQ(content_of(*taken), content_of(piece.file)) << piece.name;
  }
  EXPECT_FALSE(fs::exists(file().string() + ".part"));
}

TEST_F(BundleTest, TheIndexIsTheFirstMemberAndReadsBackTheSame) {
  ASSERT_TRUE(create(some_pieces(), {{"chart", "keda-2.17.2"}}));
  auto reader = TarReader::open(file());
  auto first = reader->next().value();
  EXPECT_EQ(first->path, "index.json");
  const std::string text = reader->read_all(1 << 20).value();
  const Index index = parse_index(text).value();
  EXPECT_EQ(index_text(index), text);
  EXPECT_EQ(index.wanted, (std::vector<Wanted>{{"chart", "keda-2.17.2"}}));
  EXPECT_NE(find_entry(index, "image", "docker.io/library/busybox:1.36"), nullptr);
  EXPECT_EQ(find_entry(index, "image", "busybox:1.37"), nullptr);
}

TEST_F(BundleTest, ImagesOfOneArchiveShareItsMember) {
  write_tar("in/two.tar", {{"manifest.json", R"([{"RepoTags":["a:1"]},{"RepoTags":["b:2","c:3"]}])"}});
  auto index = create(pieces_in_folder(folder.path() / "in").value());
  ASSERT_TRUE(index) << index.error().what;
  ASSERT_EQ(index->entries.size(), 3u);
  EXPECT_EQ(index->entries[0].path, index->entries[2].path);
  EXPECT_EQ(problems(), "");
}

TEST_F(BundleTest, WhatIsMissingIsNamed) {
  const Index index = create(some_pieces()).value();
  const std::vector<Wanted> wanted{{"image", "busybox:1.36"}, {"image", "nginx:1"}, {"chart", "keda-2.17.1"}};
  EXPECT_EQ(missing_in(index, wanted), (std::vector<Wanted>{{"image", "nginx:1"}, {"chart", "keda-2.17.1"}}));
  auto bundle = Bundle::open(file(), folder.path() / "out").value();
  auto taken = on_loop(loop, bundle->extract("image", "nginx:1"));
  EXPECT_EQ(taken.error().code, Code::kNotFound);
}

TEST_F(BundleTest, ImageNamesHaveOneNormalForm) {
  for (const auto& [name, want] : std::vector<std::pair<std::string, std::string>>{
           {"busybox", "busybox:latest"},
           {"docker.io/library/busybox:1.36", "busybox:1.36"},
           {"docker.io/envoyproxy/envoy:v1.30", "envoyproxy/envoy:v1.30"},
           {"quay.io/a/b", "quay.io/a/b:latest"},
           {"localhost:5000/a", "localhost:5000/a:latest"},
           {"localhost:5000/a:1", "localhost:5000/a:1"},
           {"kindest/node:v1.34.0@sha256:abc", "kindest/node:v1.34.0"},
           {"a@sha256:abc", "a@sha256:abc"}}) {
    EXPECT_EQ(normal_image(name), want);
  }
}

TEST_F(BundleTest, AFlippedByteACutAndAnEndlessFileAreSeen) {
  ASSERT_TRUE(create(some_pieces()));
  const std::string whole = content_of(file());
  std::string flipped = whole;
  flipped[flipped.find(std::string(100, 'x'))] = 'y';
  write("demo.bundle", flipped);
  EXPECT_NE(problems().find("SHA-256"), std::string::npos) << problems();
  auto bundle = Bundle::open(file(), folder.path() / "out").value();
  auto taken = on_loop(loop, bundle->extract("image", "busybox:1.36"));
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().what.find("SHA-256"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder.path() / "out/images")) << "a wrong file never gets its name";

  write("demo.bundle", whole.substr(0, whole.size() / 2));
  EXPECT_NE(problems().find("is missing"), std::string::npos) << problems();
  for (size_t size : {0u, 100u, 700u}) {
    write("demo.bundle", whole.substr(0, size));
    EXPECT_FALSE(verify()) << size;
  }
  write("demo.bundle", std::string(50'000, 'z'));
  EXPECT_EQ(verify().error().code, Code::kInvalid);
}

/// An index with one entry, into which a test puts something else.
json one_entry(const std::string& content) {
  Sha256 hash;
  hash.add(content);
  return {{"version", 1},
          {"entries",
           {{{"kind", "manifest"},
             {"name", "a.yaml"},
             {"digest", ""},
             {"sha256", hash.hex()},
             {"size", content.size()},
             {"path", "manifests/a.yaml"}}}}};
}

TEST_F(BundleTest, HostileMembersAreRefused) {
  const std::string index = one_entry("hello").dump();
  const std::pair<std::string, std::string> good{"manifests/a.yaml", "hello"};
  struct Case {
    Members members;
    std::string says;
  };
  for (const Case& one : std::vector<Case>{
           {{{"index.json", index}, good}, ""},
           {{{"index.json", index}}, "is missing"},
           {{good, {"index.json", index}}, "first member is not index.json"},
           {{{"index.json", index}, good, good}, "comes twice"},
           {{{"index.json", index}, good, {"../../etc/passwd", "x"}}, "../../etc/passwd is not in the index"},
           {{{"index.json", index}, good, {"/etc/passwd", "x"}}, "is not in the index"},
           {{{"index.json", index}, {"manifests/a.yaml", "hello, world"}}, "has 12 bytes, want 5"},
           {{{"index.json", std::string(5 << 20, ' ')}, good}, "longer than"}}) {
    write_tar("demo.bundle", one.members);
    const std::string said = problems();
    EXPECT_EQ(said.empty(), one.says.empty()) << said;
    EXPECT_NE(said.find(one.says), std::string::npos) << said;
  }
}

TEST_F(BundleTest, AHostileIndexIsRefused) {
  struct Case {
    std::string field;
    json value;
    std::string says;
  };
  for (const Case& one : std::vector<Case>{{"path", "../a", "path"},
                                           {"path", "manifests/../../a", "path"},
                                           {"path", "/etc/passwd", "path"},
                                           {"path", "manifests/.hidden", "path"},
                                           {"path", "images/a", "path"},
                                           {"path", "manifests/" + std::string(600, 'a'), "path"},
                                           {"size", -1, "size"},
                                           {"size", int64_t{1} << 50, "size"},
                                           {"size", "5", "size"},
                                           {"sha256", "abc", "sha256"},
                                           {"sha256", std::string(64, 'A'), "sha256"},
                                           {"digest", "md5:abc", "digest"},
                                           {"kind", "virus", "kind"},
                                           {"name", "", "name"},
                                           {"name", "a\nb", "name"},
                                           {"name", std::string(600, 'a'), "name"}}) {
    json index = one_entry("hello");
    index["entries"][0][one.field] = one.value;
    auto parsed = parse_index(index.dump());
    ASSERT_FALSE(parsed) << one.field << one.value;
    EXPECT_NE(parsed.error().what.find(one.says), std::string::npos) << parsed.error().what;
  }
  json twice = one_entry("hello");
  twice["entries"].push_back(twice["entries"][0]);
  EXPECT_NE(parse_index(twice.dump()).error().what.find("comes twice"), std::string::npos);
  twice["entries"][1]["name"] = "b.yaml";
  twice["entries"][1]["size"] = 6;
  EXPECT_NE(parse_index(twice.dump()).error().what.find("in two ways"), std::string::npos);
  EXPECT_FALSE(parse_index("{"));
  EXPECT_FALSE(parse_index("[]"));
  EXPECT_FALSE(parse_index(R"({"version": 2})"));
  EXPECT_EQ(read_index(folder.path() / "nothing").error().code, Code::kNotFound);
}

TEST_F(BundleTest, AnInterruptedCreationLeavesWhatWasThere) {
  auto pieces = some_pieces();
  write("demo.bundle", "the old one");
  pieces.push_back({"manifest", "gone.yaml", "", folder.path() / "gone.yaml"});
  auto failed = create(pieces);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kEnvironment);
  EXPECT_EQ(content_of(file()), "the old one");
  {
    Background work(loop.get_executor(), [](fs::path to, std::vector<Piece> from) -> Task<void> {
      co_await create_bundle(std::move(to), std::move(from), {}, "",
                             [](int64_t, int64_t, const std::string&) {});
    }(file(), {pieces.begin(), pieces.end() - 1}));
    for (int i = 0; i < 6; ++i) loop.run_one();
    work.stop();
    on_loop(loop, work.join());
  }
  EXPECT_EQ(content_of(file()), "the old one");
  EXPECT_FALSE(fs::exists(file().string() + ".part"));
}

}  // namespace
}  // namespace zdt::bundle
