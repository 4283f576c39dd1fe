#include "store.h"

#include "message.h"
#include "seed_data.h"

namespace monolith {

Store::Store() {
  for (const Company& company : shipped_companies())
    std::get<Table<Company>>(tables_).rows[company.id] = company;
  for (const Project& project : shipped_projects())
    std::get<Table<Project>>(tables_).rows[project.id] = project;
}

template <class Row>
const Row& Store::existing(int id) const {
  const auto& rows = std::get<Table<Row>>(tables_).rows;
  const auto found = rows.find(id);
  if (found == rows.end())
    throw RequestError(404, "no " + std::string(Row::kKind) + " with id " + std::to_string(id));
  return found->second;
}

template <class Row>
std::vector<Row> Store::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Row> rows;
  for (const auto& [id, row] : std::get<Table<Row>>(tables_).rows) rows.push_back(row);
  return rows;
}

template <class Row>
Row Store::get(int id) const {
  const std::lock_guard lock(mutex_);
  return existing<Row>(id);
}

template <class Row>
Row Store::add(Row row) {
  const std::lock_guard lock(mutex_);
  check(row);
  make_room<Row>();
  auto& table = std::get<Table<Row>>(tables_);
  row.id = table.next_id++;
  return table.rows.emplace(row.id, row).first->second;
}

template <class Row>
Row Store::update(int id, const std::function<void(Row&)>& change) {
  const std::lock_guard lock(mutex_);
  Row row = existing<Row>(id);
  change(row);
  check(row);
  return std::get<Table<Row>>(tables_).rows[id] = row;
}

template <class Row>
void Store::remove(int id) {
  const std::lock_guard lock(mutex_);
  const Row row = existing<Row>(id);
  if constexpr (std::is_same_v<Row, Company>) {
    const auto count = projects_locked(id).size();
    if (count > 0)
      throw RequestError(409,
                         "company " + std::to_string(id) + " still has projects: " + std::to_string(count));
  }
  drop(row);
}

std::vector<Project> Store::projects_of(int company_id) const {
  const std::lock_guard lock(mutex_);
  existing<Company>(company_id);
  return projects_locked(company_id);
}

std::vector<Project> Store::projects_locked(int company_id) const {
  std::vector<Project> found;
  for (const auto& [id, project] : std::get<Table<Project>>(tables_).rows) {
    if (project.company_id == company_id) found.push_back(project);
  }
  return found;
}

/// Ids only go up, so the smallest client id is the oldest. The shipped rows alone never fill a table.
template <class Row>
void Store::make_room() {
  const auto& rows = std::get<Table<Row>>(tables_).rows;
  if (rows.size() < kMaxRows) return;
  const Row oldest = rows.lower_bound(kFirstClientId)->second;
  drop(oldest);
}

void Store::check(const Project& project) const {
  if (std::get<Table<Company>>(tables_).rows.contains(project.company_id)) return;
  throw RequestError(400, "company_id: no company with id " + std::to_string(project.company_id));
}

void Store::drop(const Company& company) {
  for (const Project& project : projects_locked(company.id)) drop(project);
  std::get<Table<Company>>(tables_).rows.erase(company.id);
}

void Store::drop(const Project& project) { std::get<Table<Project>>(tables_).rows.erase(project.id); }

template std::vector<Company> Store::all() const;
template std::vector<Project> Store::all() const;
template Company Store::get(int) const;
template Project Store::get(int) const;
template Company Store::add(Company);
template Project Store::add(Project);
template Company Store::update(int, const std::function<void(Company&)>&);
template Project Store::update(int, const std::function<void(Project&)>&);
template void Store::remove<Company>(int);
template void Store::remove<Project>(int);

}  // namespace monolith
