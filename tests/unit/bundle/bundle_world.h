// Small pieces made by the test: image archives as docker and OCI tools write them, charts, manifests.
#pragma once
#include <gtest/gtest.h>

#include "bundle/bundle.h"
#include "bundle/pieces.h"
#include "unit/host/on_loop.h"

namespace zdt::bundle {

using zdt::testing::on_loop;
using Members = std::vector<std::pair<std::string, std::string>>;

class BundleTest : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) {
    const fs::path file = folder.path() / name;
    EXPECT_TRUE(host::write_file(file, text));
    return file;
  }
  fs::path write_tar(const std::string& name, const Members& members) {
    const fs::path file = folder.path() / name;
    fs::create_directories(file.parent_path());
    auto tar = TarWriter::create(file);
    EXPECT_TRUE(tar) << tar.error().what;
    for (const auto& [path, content] : members) {
      EXPECT_TRUE(tar->begin(path, static_cast<int64_t>(content.size())));
      EXPECT_TRUE(tar->write(content));
    }
    EXPECT_TRUE(tar->finish());
    return file;
  }
  fs::path write_image(const std::string& file, const std::string& name, const std::string& layer = "layer") {
    return write_tar(file,
                     {{"layer.tar", layer},
                      {"manifest.json", json::array({{{"Config", "c.json"}, {"RepoTags", {name}}}}).dump()}});
  }
  fs::path write_chart(const std::string& file, const std::string& name, const std::string& version) {
    return write_tar(file, {{name + "/Chart.yaml", "name: " + name + "\nversion: " + version + "\n"},
                            {name + "/charts/sub/Chart.yaml", "name: sub\nversion: 9.9.9\n"}});
  }
  /// The three pieces that most tests bundle.
  std::vector<Piece> some_pieces() {
    write_image("in/busybox.tar", "busybox:1.36", std::string(600'000, 'x'));
    write_chart("in/keda-2.17.2.tgz", "keda", "2.17.2");
    write("in/crds.yaml", "kind: List\n");
    return pieces_in_folder(folder.path() / "in").value();
  }
  Result<Index> create(std::vector<Piece> pieces, std::vector<Wanted> wanted = {}) {
    return on_loop(loop, create_bundle(file(), std::move(pieces), std::move(wanted), "2026-01-01T00:00:00Z",
                                       [this](int64_t done, int64_t total, const std::string&) {
                                         progress = {done, total};
                                       }));
  }
  Result<Verified> verify() {
    return on_loop(loop, verify_bundle(file(), [](int64_t, int64_t, const std::string&) {}));
  }
  /// The bundle's problems in one text; or why it cannot be read at all.
  std::string problems() {
    auto verified = verify();
    if (!verified) return verified.error().what;
    std::string text;
    for (const std::string& one : verified->problems) text += one + "\n";
    return text;
  }
  fs::path file() const { return folder.path() / "demo.bundle"; }
  std::string content_of(const fs::path& path) {
    auto text = host::read_file(path);
    return text ? *text : text.error().what;
  }

  host::TempDir folder{"zdt-bundle-test"};
  asio::io_context loop;
  std::pair<int64_t, int64_t> progress;
};

}  // namespace zdt::bundle
