// Files over HTTPS, from a server of the test's own.
#include "bundle/download.h"

#include "bundle/sha256.h"
#include "http/server.h"
#include "unit/bundle/bundle_world.h"
#include "unit/http/certificate.h"

namespace zdt::bundle {
namespace {

class DownloadTest : public BundleTest {
 protected:
  DownloadTest() {
    http::ServerOptions options;
    options.certificate_pem = http::testing::test_certificate().certificate;
    options.key_pem = http::testing::test_certificate().key;
    server = std::move(*http::Server::listen(loop.get_executor(), std::move(options),
                                             [](http::Exchange& exchange) { return answer(exchange); }));
    tls.ca_pem = http::testing::test_certificate().certificate;
  }
  ~DownloadTest() override {
    server.reset();
    loop.restart();
    loop.poll();
  }
  static Task<void> answer(http::Exchange& exchange) {
    const std::string path = exchange.target.path;
    http::Headers headers;
    if (path == "/moved") headers.add("Location", "https://" + exchange.headers.get("Host") + "/file");
    if (path == "/around") headers.add("Location", "https://" + exchange.headers.get("Host") + "/around");
    if (path == "/plain") headers.add("Location", "http://" + exchange.headers.get("Host") + "/file");
    const int status = path == "/file" ? 200 : path == "/missing" ? 404 : 302;
    co_await exchange.respond(status, "text/plain", status == 200 ? "content" : "not this", headers);
  }
  Result<std::string> get(const std::string& path, int64_t limit = 1000) {
    const std::string url = fmt::format("https://127.0.0.1:{}{}", server->port(), path);
    return on_loop(loop, download(client, url, target, limit, tls));
  }

  std::unique_ptr<http::Server> server;
  http::Tls tls;
  http::Client client{loop.get_executor()};
  fs::path target = folder.path() / "fetched";
};

TEST_F(DownloadTest, AFileComesWithItsSumAlsoAfterARedirect) {
  Sha256 hash;
  hash.add("content");
  const std::string want = hash.hex();
  for (const char* path : {"/file", "/moved"}) {
    auto sum = get(path);
    ASSERT_TRUE(sum) << sum.error().what;
    EXPECT_EQ(*sum, want);
    EXPECT_EQ(content_of(target), "content") << "nothing of a redirect's own text";
  }
}

TEST_F(DownloadTest, WhatFailsLeavesNothingAndSaysWhere) {
  for (const auto& [path, says] : std::vector<std::pair<std::string, std::string>>{
           {"/missing", "answers 404"}, {"/around", "too many redirects"}, {"/plain", "only https://"}}) {
    auto sum = get(path);
    ASSERT_FALSE(sum) << path;
    EXPECT_NE(sum.error().what.find(says), std::string::npos) << sum.error().what;
    EXPECT_FALSE(fs::exists(target));
  }
  auto longer = get("/file", 3);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::kInvalid);
  EXPECT_FALSE(fs::exists(target));
  tls.ca_pem.clear();
  EXPECT_FALSE(get("/file")) << "nobody vouches for this server";
}

}  // namespace
}  // namespace zdt::bundle
