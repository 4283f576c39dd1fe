// Output compared with files under tests/golden/. ZDT_UPDATE_GOLDEN=1 writes the files instead; look at the
// diff then.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "host/files.h"

namespace zdt {

inline bool updates_golden_files() {
  const char* update = std::getenv("ZDT_UPDATE_GOLDEN");
  return update != nullptr && std::string_view(update) == "1";
}

/// name  below tests/golden/, such as "report/terminal-plain.txt".
inline void expect_golden(std::string_view name, const std::string& text) {
  const host::fs::path path = host::fs::path(__FILE__).parent_path() / "golden" / name;
  if (updates_golden_files()) {
    ASSERT_TRUE(host::write_file(path, text, 0644)) << path;
    return;
  }
  auto golden = host::read_file(path);
  ASSERT_TRUE(golden) << path << " is missing; ZDT_UPDATE_GOLDEN=1 writes it";
  EXPECT_EQ(*golden, text) << path << " differs; ZDT_UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace zdt
