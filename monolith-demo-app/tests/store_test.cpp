#include "store.h"

#include <gtest/gtest.h>

#include "message.h"
#include "seed_data.h"

namespace monolith {
namespace {

Company company(const std::string& name) { return {.id = 0, .name = name, .city = "", .founded = 0}; }

Project project(int company_id) {
  return {.id = 0, .company_id = company_id, .name = "p", .status = "planned"};
}

template <class Call>
int refusal(Call call) {
  try {
    call();
  } catch (const RequestError& error) {
    return error.status();
  }
  return 0;
}

TEST(Store, ShipsCompaniesAndProjectsThatBelongToThem) {
  const Store store;
  EXPECT_EQ(store.all<Company>().size(), shipped_companies().size());
  for (const Project& shipped : store.all<Project>()) EXPECT_NO_THROW(store.get<Company>(shipped.company_id));
}

TEST(Store, AddGivesIdsThatOnlyGoUp) {
  Store store;
  const int first = store.add(company("a")).id;
  store.remove<Company>(first);
  EXPECT_EQ(first, Store::kFirstClientId);
  EXPECT_EQ(store.add(company("b")).id, first + 1);
}

TEST(Store, AFullTablePushesOutTheOldestRowOfAClient) {
  Store store;
  const int first = store.add(project(1)).id;
  for (std::size_t i = 0; i < Store::kMaxRows; ++i) store.add(project(1));
  EXPECT_EQ(store.all<Project>().size(), Store::kMaxRows);
  EXPECT_EQ(refusal([&] { store.get<Project>(first); }), 404);
  EXPECT_NO_THROW(store.get<Project>(1));
}

TEST(Store, APushedOutCompanyTakesItsProjectsAlong) {
  Store store;
  const int owner = store.add(company("old")).id;
  const int owned = store.add(project(owner)).id;
  for (std::size_t i = 0; i < Store::kMaxRows; ++i) store.add(company("new"));
  EXPECT_EQ(refusal([&] { store.get<Project>(owned); }), 404);
}

TEST(Store, AProjectNeedsItsCompany) {
  Store store;
  EXPECT_EQ(refusal([&] { store.add(project(999)); }), 400);
  EXPECT_EQ(refusal([&] { store.update<Project>(1, [](Project& p) { p.company_id = 999; }); }), 400);
  EXPECT_EQ(store.get<Project>(1).company_id, 1);
}

TEST(Store, ACompanyWithProjectsStays) {
  Store store;
  EXPECT_EQ(refusal([&] { store.remove<Company>(1); }), 409);
  for (const Project& owned : store.projects_of(1)) store.remove<Project>(owned.id);
  EXPECT_EQ(refusal([&] { store.remove<Company>(1); }), 0);
  EXPECT_EQ(refusal([&] { store.projects_of(1); }), 404);
}

TEST(Store, AChangeThatThrowsChangesNothing) {
  Store store;
  const auto half_done = [](Company& row) {
    row.name = "changed";
    throw RequestError(400, "no");
  };
  EXPECT_EQ(refusal([&] { store.update<Company>(1, half_done); }), 400);
  EXPECT_EQ(store.get<Company>(1).name, shipped_companies().front().name);
}

}  // namespace
}  // namespace monolith
