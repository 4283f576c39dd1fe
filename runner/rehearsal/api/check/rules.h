// The small rules that the checks of all kinds are made of. Each adds its causes and never throws; a value of another JSON
// type than the rule is about is left alone (types are field_types' part).
#pragma once
#include "rehearsal/api/check/causes.h"
#include "rehearsal/api/names.h"

namespace zdt::rehearsal::api {

using Rule = std::string (*)(std::string_view);

/// Whether `field` is given: not missing, not null.
bool is_set(const json& object, std::string_view field);
/// The string `field`, or a shared empty one: no copy.
const std::string& text_of(const json& object, std::string_view field);
const std::string& text(const json& value);

/// A text that breaks `rule`.
void check_text(const json& value, Rule rule, const Where& where, Causes& causes);
/// The same of the string object[field]; nothing when it is empty.
void check_field(const json& object, std::string_view field, Rule rule, const Where& where, Causes& causes);
/// object[field] must be a string that is not empty; false when it is not.
bool check_required(const json& object, std::string_view field, const Where& where, Causes& causes);
/// object[field], when given, is one of `words`.
void check_choice(const json& object, std::string_view field, Causes::Words words, const Where& where, Causes& causes);
/// object[field], when given, is in the range.
void check_range(const json& object, std::string_view field, int64_t least, int64_t most, const Where& where,
                 Causes& causes);
void check_not_negative(const json& object, std::string_view field, const Where& where, Causes& causes);
/// "must be between 1 and 65535, inclusive".
std::string range_words(int64_t least, int64_t most);
void check_port_number(const json& value, const Where& where, Causes& causes);
/// An IntOrString: a port number or an IANA service name.
void check_port_or_name(const json& value, const Where& where, Causes& causes);
/// A number not below 0, or a percentage; `most_percent` false: of any size.
void check_number_or_percent(const json& value, const Where& where, Causes& causes, bool at_most_100 = true);
void check_protocol(const json& object, const Where& where, Causes& causes);
/// Relative, and without "..".
void check_descending_path(const std::string& path, const Where& where, Causes& causes);
/// The same, and its name does not begin with "..", as the volume's own links do.
void check_unreserved_path(const std::string& path, const Where& where, Causes& causes);
void check_no_backsteps(const std::string& path, const Where& where, Causes& causes);

/// Maps of labels, and annotations with their size.
void check_labels(const json& labels, const Where& where, Causes& causes);
void check_annotations(const json& annotations, const Where& where, Causes& causes);
/// metav1.LabelSelector.
void check_selector(const json& selector, const Where& where, Causes& causes);
/// The expressions of a selector of nodes are In, NotIn, Exists, DoesNotExist, Gt and Lt.
void check_node_requirement(const json& requirement, const Where& where, Causes& causes);

}  // namespace zdt::rehearsal::api
