// Ages as kubectl writes them.
#pragma once
#include <string>

#include "base/units.h"

namespace zdt::rehearsal::api {

/// "42s", "5m30s", "3h", "2d4h", "1y20d" (apimachinery/pkg/util/duration HumanDuration); "<invalid>" below -1
/// s.
std::string human_duration(std::chrono::seconds age);

/// The age of an RFC 3339 time; "<unknown>" when it is empty or not a time.
std::string age_since(const std::string& timestamp, WallTime now);

}  // namespace zdt::rehearsal::api
