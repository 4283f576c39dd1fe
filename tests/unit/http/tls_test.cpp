// Whom the client trusts.
#include "unit/http/server_world.h"

namespace zdt::http {
namespace {

using testing::on_loop;
using testing::ServerWorld;

class TlsTest : public ServerWorld {
 protected:
  void SetUp() override {
    serve([](Exchange& exchange) -> Task<void> {
      co_await exchange.respond(200, "text/plain", exchange.headers.get("Host"));
    });
  }
  std::string host() const { return fmt::format("127.0.0.1:{}", server->port()); }
};

TEST_F(TlsTest, AnUnknownAuthorityIsRefused) {
  Request wire = request("/");
  wire.tls = {};
  auto response = on_loop(loop, client->send(std::move(wire)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kEnvironment);
}

TEST_F(TlsTest, InsecureMeansNoVerification) {
  Request wire = request("/");
  wire.tls = {.insecure = true};
  EXPECT_EQ(send(std::move(wire)).status, 200);
}

TEST_F(TlsTest, AnotherServerNameIsVerifiedInsteadOfTheAddress) {
  Request wire = request("/");
  wire.tls.server_name = "api.zdt.test";
  EXPECT_EQ(send(wire).status, 200);
  EXPECT_EQ(send(wire).body, host()) << "the request itself still names the address";
  wire.tls.server_name = "somebody-else.zdt.test";
  auto response = on_loop(loop, client->send(std::move(wire)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kEnvironment);
}

}  // namespace
}  // namespace zdt::http
