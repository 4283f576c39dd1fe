#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "rows.h"

namespace monolith {

/// The demo's data: companies and their projects, in memory, one copy per process. Row is Company or Project.
/// Any thread. A call either does all of what it says or throws RequestError and changes nothing.
///
/// A table holds at most kMaxRows. When it is full, a new row pushes out the oldest row that a client made,
/// never one that was shipped: so a load of POSTs goes on for as long as an audience likes.
class Store {
 public:
  static constexpr std::size_t kMaxRows = 200;
  static constexpr int kFirstClientId = 1001;  // shipped rows have smaller ids

  Store();

  template <class Row>
  std::vector<Row> all() const;

  /// Throws 404.
  template <class Row>
  Row get(int id) const;

  /// Gives `row` the next id and returns it. Throws 400 when it names a company that does not exist.
  template <class Row>
  Row add(Row row);

  /// Lets `change` edit a copy of row `id`, then puts it in place. Throws 404, 400 as add(), and what
  /// `change` throws.
  template <class Row>
  Row update(int id, const std::function<void(Row&)>& change);

  /// Throws 404, and 409 for a company that still has projects.
  template <class Row>
  void remove(int id);

  /// Throws 404 when the company does not exist.
  std::vector<Project> projects_of(int company_id) const;

 private:
  template <class Row>
  struct Table {
    std::map<int, Row> rows;
    int next_id = kFirstClientId;
  };

  // All of these want mutex_ held.
  template <class Row>
  const Row& existing(int id) const;
  template <class Row>
  void make_room();
  void check(const Company&) const {}
  void check(const Project& project) const;
  std::vector<Project> projects_locked(int company_id) const;
  void drop(const Company& company);
  void drop(const Project& project);

  mutable std::mutex mutex_;
  std::tuple<Table<Company>, Table<Project>> tables_;
};

}  // namespace monolith
