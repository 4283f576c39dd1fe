#include "rehearsal/api/definitions.h"

#include <filesystem>

#include "base/units.h"
#include "base/yaml.h"
#include "host/files.h"
#include "rehearsal/api/admission.h"

namespace zdt::rehearsal {
namespace {

Result<void> install(Store& store, json definition, const std::string& file) {
  if (string_at(definition, {"kind"}) != "CustomResourceDefinition") {
    return Error{Code::kInvalid, file + " holds something else than CustomResourceDefinitions", ""};
  }
  definition["status"] = api::accepted_definition_status(definition, format_time(std::chrono::system_clock::now()));
  auto created = store.create(api::kDefinitions, std::move(definition));
  if (!created) return created.error();
  return {};
}

bool is_acted_on(const json& definition) {
  return string_at(definition, {"metadata", "annotations", "zdt.dev/acted-on"}) != "no";
}

Result<std::vector<json>> read_documents(const std::string& file) {
  auto text = host::read_file(file);
  if (!text) return text.error();
  return parse_yaml_documents(*text, file);
}

}  // namespace

Result<std::set<std::string>> install_definitions(Store& store, const std::string& folder) {
  std::set<std::string> files, acted_on;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    if (entry.path().extension() == ".yaml") files.insert(entry.path().string());
  }
  if (failure) return Error{Code::kEnvironment, fmt::format("cannot read {}: {}", folder, failure.message()), ""};
  for (const std::string& file : files) {
    auto documents = read_documents(file);
    if (!documents) return documents.error();
    for (json& definition : *documents) {
      if (is_acted_on(definition)) acted_on.insert(string_at(definition, {"metadata", "name"}));
      auto installed = install(store, std::move(definition), file);
      if (!installed) return installed.error();
    }
  }
  return acted_on;
}

}  // namespace zdt::rehearsal
