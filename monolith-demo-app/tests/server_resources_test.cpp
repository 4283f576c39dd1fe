#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "seed_data.h"
#include "support/live_server.h"

namespace monolith::test {
namespace {

using nlohmann::json;

class ResourcesTest : public testing::Test {
 protected:
  json get(const std::string& target) { return json::parse(server_.ask("GET", target).body); }
  int status(const std::string& method, const std::string& target, const std::string& body = "") {
    return server_.ask(method, target, body).status;
  }
  LiveServer server_;
};

TEST_F(ResourcesTest, ListsAndShowsWhatIsShipped) {
  EXPECT_EQ(get("/companies").size(), shipped_companies().size());
  EXPECT_EQ(get("/projects").size(), shipped_projects().size());
  EXPECT_EQ(get("/companies/1").at("name"), shipped_companies().front().name);
  for (const json& project : get("/companies/2/projects")) EXPECT_EQ(project.at("company_id"), 2);
}

TEST_F(ResourcesTest, AProjectIsMadeChangedReplacedAndDeleted) {
  const Answer made =
      server_.ask("POST", "/projects", R"({"company_id":1,"name":"New shop","status":"active"})");
  ASSERT_EQ(made.status, 201);
  const std::string place = made.header("location");
  EXPECT_EQ(get(place), json::parse(made.body));
  EXPECT_EQ(status("PATCH", place, R"({"name":"Newer shop"})"), 200);
  EXPECT_EQ(get(place).at("status"), "active");
  EXPECT_EQ(status("PUT", place, R"({"company_id":2,"name":"Newest shop"})"), 200);
  EXPECT_EQ(get(place).at("status"), "planned");
  const Answer gone = server_.ask("DELETE", place);
  EXPECT_EQ(gone.status, 204);
  EXPECT_EQ(gone.headers.count("content-length"), 0U);
  EXPECT_EQ(status("GET", place), 404);
}

TEST_F(ResourcesTest, WhatWasGotCanBePutBack) {
  EXPECT_EQ(status("PUT", "/companies/1", get("/companies/1").dump()), 200);
}

TEST_F(ResourcesTest, BadBodiesAreRefusedWithTheFieldNamed) {
  for (const char* body :
       {"", "{", "[]", "{}", R"({"name":""})", R"({"name":7})", R"({"name":"a","colour":"red"})",
        R"({"name":"a","founded":"1990"})", R"({"name":"a","founded":-1})", R"({"name":"a","founded":1e300})",
        R"({"name":"a","founded":18446744073709551615})", "{\"name\":\"\xff\"}"}) {
    EXPECT_EQ(status("POST", "/companies", body), 400) << body;
  }
  const Answer answer = server_.ask("POST", "/projects", R"({"company_id":1,"name":"a","status":"lost"})");
  EXPECT_EQ(json::parse(answer.body).at("error"), "status: wants planned, active or done");
}

TEST_F(ResourcesTest, DeepNestingIsRefusedAndSurvived) {
  EXPECT_EQ(status("POST", "/companies", std::string(60'000, '[')), 400);
  EXPECT_EQ(status("GET", "/health"), 200);
}

TEST_F(ResourcesTest, ConflictsSayWhatStandsInTheWay) {
  EXPECT_EQ(status("DELETE", "/companies/1"), 409);
  EXPECT_EQ(status("PATCH", "/companies/1", R"({"id":2})"), 409);
  EXPECT_EQ(status("POST", "/companies", R"({"id":5,"name":"a"})"), 409);
}

TEST_F(ResourcesTest, UnknownRowsAndWrongMethods) {
  EXPECT_EQ(status("GET", "/companies/999"), 404);
  EXPECT_EQ(status("GET", "/companies/999/projects"), 404);
  EXPECT_EQ(status("DELETE", "/projects/999"), 404);
  EXPECT_EQ(status("GET", "/companies/first"), 400);
  EXPECT_EQ(status("GET", "/companies/99999999999999"), 400);
  EXPECT_EQ(server_.ask("DELETE", "/companies").header("allow"), "GET, HEAD, POST");
  EXPECT_EQ(server_.ask("POST", "/projects/1", "{}").header("allow"), "GET, HEAD, PUT, PATCH, DELETE");
}

}  // namespace
}  // namespace monolith::test
