// Cells that many kinds share.
#pragma once
#include "rehearsal/api/table.h"

namespace zdt::rehearsal::api {

inline const Column kNameColumn{"Name", "string", "name", 0};
inline const Column kAgeColumn{"Age", "string", "", 0};

/// priority  1: shown with -o wide only.
inline Column text_column(const char* name, int priority = 0) { return {name, "string", "", priority}; }

json name_cell(const json& object);
json age_cell(const json& object, WallTime now);
/// "a,b,c"; `none` when there is nothing.
std::string joined(const std::vector<std::string>& words, const std::string& none);
/// The first three of `words`, and how many more there are ("a,b,c + 2 more...").
std::string first_three(const std::vector<std::string>& words, const std::string& none);
/// "app=web,tier=front" for a map of labels, "<none>" for an empty one.
std::string labels_text(const json& labels);
/// The text of a metav1.LabelSelector.
std::string selector_text(const json& selector);
/// The values of `field` in each of `items`, as text.
std::vector<std::string> each(const json& items, const std::string& field);

}  // namespace zdt::rehearsal::api
