// YAML to JSON, with the types that kubectl gives to plain scalars.
// https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace zdt {

/// What one text may ask for.   values  scalars, lists and mappings, those that aliases bring in included.
/// alias_bytes  of memory for what anchors name and aliases repeat; 0: no alias is accepted.
struct YamlLimits {
  int depth = 100;
  size_t values = 1'000'000;
  size_t alias_bytes = 16 << 20;
};

/// Every document of `text` that is not empty. `source` (a file name) stands in errors: `file:line:column: why`.
/// Fails kScript. Plain scalars become null, bool (true, yes, on, y, false, no, off, n), integers (0755 and 0o755 are
/// octal, 0x1f, 0b101, 1_000), floats, else strings; quoted ones strings, in UTF-8. Keys become strings; `<<` merges.
/// Takes a time and a memory that grow with the text's length alone, and builds nothing beyond `limits`.
Result<std::vector<json>> parse_yaml_documents(std::string_view text, std::string_view source, YamlLimits limits = {});

/// A document and where it begins.   line  from 1.   item_lines  of each entry of its list `items` (a List's objects),
/// where it has one; 0 for an entry that is an alias.
struct PlacedDocument {
  json value;
  int line = 0;
  std::vector<int> item_lines;
};

/// parse_yaml_documents, with the lines that findings point to.
Result<std::vector<PlacedDocument>> parse_placed_documents(std::string_view text, std::string_view source, YamlLimits limits = {});

/// The only document of `text`; kScript when there is none or more than one.
Result<json> parse_yaml(std::string_view text, std::string_view source, YamlLimits limits = {});

}  // namespace zdt
