#include "report/table.h"

#include <algorithm>

#include "report/text.h"
#include "stage/event.h"

namespace zdt::report {
namespace {

constexpr std::string_view kGap = "  ";

struct Cell {
  std::string text;
  bool number = false;
};

Cell cell_of(const json& value) {
  if (value.is_null()) return {};
  if (value.is_number_float()) return {fmt::format("{:.6g}", value.get<double>()), true};
  return {one_line(stage::shown(value)), value.is_number()};
}

std::vector<Cell> cells_of(const json& row, const json& columns) {
  std::vector<Cell> cells;
  if (row.is_array()) {
    for (const json& value : row) cells.push_back(cell_of(value));
  } else {
    for (const json& name : columns) cells.push_back(cell_of(at(row, {stage::shown(name)})));
  }
  return cells;
}

std::string line_of(const std::vector<Cell>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t index = 0; index < cells.size(); ++index) {
    line += padded(cells[index].text, widths[index], cells[index].number);
    if (index + 1 < cells.size()) line += kGap;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::vector<std::string> table_lines(const json& columns, const json& rows) {
  std::vector<std::vector<Cell>> grid;
  if (!columns.empty()) grid.push_back(cells_of(columns, columns));
  for (const json& row : rows) grid.push_back(cells_of(row, columns));

  std::vector<size_t> widths;
  for (const auto& cells : grid) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (size_t index = 0; index < cells.size(); ++index) {
      widths[index] = std::max(widths[index], width_of(cells[index].text));
    }
  }
  // A name stands where its numbers stand.
  if (!columns.empty() && grid.size() > 1) {
    for (size_t index = 0; index < std::min(grid[0].size(), grid[1].size()); ++index) {
      grid[0][index].number = grid[1][index].number;
    }
  }
  std::vector<std::string> lines;
  for (const auto& cells : grid) lines.push_back(line_of(cells, widths));
  return lines;
}

}  // namespace zdt::report
