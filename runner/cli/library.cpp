#include "cli/library.h"

#include <algorithm>

#include "base/text.h"

namespace zdt::cli {

std::vector<host::fs::path> script_files(const host::Host& host) {
  std::vector<host::fs::path> files;
  for (const char* folder : {"scripts", "scripts/experiments", "scripts/labs"}) {
    std::vector<host::fs::path> here;
    std::error_code missing;
    for (const auto& entry : host::fs::directory_iterator(host.root / folder, missing)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".lua") && !name.ends_with(".d.lua")) here.push_back(entry.path());
    }
    std::sort(here.begin(), here.end());
    files.insert(files.end(), here.begin(), here.end());
  }
  return files;
}

Result<host::fs::path> find_script(const host::Host& host, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& file : script_files(host)) {
    if (file.stem() == name) return file;
    names.push_back(file.stem().string());
  }
  if (name.ends_with(".lua")) {
    const auto file = host::fs::weakly_canonical(host::fs::absolute(name));
    if (host::fs::is_regular_file(file)) return file;
  }
  const std::string near = nearest(name, names);
  return Error{Code::kUsage, fmt::format("there is no script \"{}\"", name),
               near.empty() ? "zdt-demo list" : fmt::format("did you mean {}?", near)};
}

}  // namespace zdt::cli
