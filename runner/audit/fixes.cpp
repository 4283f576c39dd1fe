#include "audit/fixes.h"

#include <algorithm>

#include "audit/dockerfile.h"
#include "audit/live.h"
#include "audit/object_set.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// No object needs as many fixes: each round ends a finding of every object that has one, or is the last.
constexpr int kMostRounds = 200;

/// Names and texts may hold anything that a Dockerfile or a live object holds.
std::string written(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// What a finding is about.
using Subject = std::tuple<std::string, std::string, std::string>;
Subject subject_of(const Finding& finding) { return {finding.rule, finding.object.text(), finding.path}; }

/// Which fixes come next. What was found at first is wanted to the end; the same fix is not made twice.
class Repair {
 public:
  Repair(Level level, const std::vector<Finding>& at_first) : level_(level) {
    for (const Finding& finding : at_first) {
      if (finding.level >= level) asked_for_.insert(subject_of(finding));
    }
  }

  /// The first of each object: the places of its others may move with it.
  std::vector<Finding> next(const std::vector<Finding>& findings) {
    std::vector<Finding> chosen;
    std::set<std::string> objects;
    for (const Finding& finding : findings) {
      const bool wanted = finding.level >= level_ || asked_for_.contains(subject_of(finding));
      const std::string fix = finding.edit ? finding.edit->text : written(finding.patch);
      if (!wanted || !finding.fixable() || objects.contains(finding.object.text())) continue;
      if (!tried_.insert({subject_of(finding), fix}).second) continue;
      objects.insert(finding.object.text());
      chosen.push_back(finding);
    }
    return chosen;
  }

 private:
  Level level_;
  std::set<Subject> asked_for_;
  std::set<std::pair<Subject, std::string>> tried_;
};

json* find_object(std::vector<json>& objects, const ObjectName& name) {
  const auto found =
      std::find_if(objects.begin(), objects.end(), [&](const json& one) { return name_of(one) == name; });
  return found == objects.end() ? nullptr : &*found;
}

void remember(std::vector<ObjectPatch>& patches, const Finding& finding) {
  auto found = std::find_if(patches.begin(), patches.end(),
                            [&](const ObjectPatch& one) { return one.object == finding.object; });
  if (found == patches.end()) found = patches.insert(patches.end(), {finding.object, json::array()});
  for (const json& operation : finding.patch) found->operations.push_back(operation);
}

void apply_patch(const Finding& finding, Input& input, std::vector<ObjectPatch>& patches) {
  json* object = find_object(input.objects, finding.object);
  if (object == nullptr) return;
  try {
    *object = object->patch(finding.patch);
  } catch (const json::exception&) {
    return;  // a parent that is of another kind than the API says; the finding stays
  }
  remember(patches, finding);
}

void apply_edit(const Finding& finding, Input& input) {
  for (DockerfileText& file : input.dockerfiles) {
    if (file.name == finding.object.name) file.text = edited(file.text, *finding.edit);
  }
}

std::string group_of(const std::string& api_version) {
  const size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

std::string version_of(const std::string& api_version) {
  return api_version.substr(api_version.find('/') + 1);
}

std::string patch_file(const ObjectName& object) {
  return slug(object.kind + "-" + (object.ns.empty() ? "" : object.ns + "-") + object.name) + ".json";
}

/// One operation a line; JSON, as kustomize takes it.
std::string operations_text(const json& operations) {
  std::vector<std::string> lines;
  for (const json& operation : operations)
    lines.push_back("  " + operation.dump(-1, ' ', false, json::error_handler_t::replace));
  return "[\n" + join(lines, ",\n") + "\n]\n";
}

/// A name as a target has it: a regular expression, in which a dot would mean any character.
std::string as_pattern(const std::string& name) {
  std::string pattern;
  for (char c : name) pattern += c == '.' ? std::string("\\.") : std::string(1, c);
  return written(pattern);
}

std::string kustomization_text(const Fixes& fixes, const std::string& base) {
  std::string text =
      "# Written by zdt-demo audit --fix: each patch is a list of operations (RFC 6902).\n"
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n\nresources:\n";
  text += fmt::format("  - {}\n", written(base.empty() ? "objects.yaml" : base));
  if (!fixes.patches.empty()) text += "\npatches:\n";
  for (const ObjectPatch& patch : fixes.patches) {
    const ObjectName& object = patch.object;
    text += fmt::format("  - path: {}\n    target:\n", patch_file(object));
    if (!group_of(object.api_version).empty())
      text += fmt::format("      group: {}\n", written(group_of(object.api_version)));
    text += fmt::format("      version: {}\n      kind: {}\n      name: {}\n",
                        written(version_of(object.api_version)), written(object.kind),
                        as_pattern(object.name));
    if (!object.ns.empty()) text += fmt::format("      namespace: {}\n", as_pattern(object.ns));
  }
  return text;
}

/// YAML documents; JSON is YAML.
std::string objects_text(const std::vector<json>& objects) {
  std::string text;
  for (const json& object : objects)
    text += "---\n" + written_form(object).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  return text;
}

}  // namespace

Fixes make_fixes(const Input& input, const Options& options, Level level) {
  Fixes fixes{{}, input.objects, input.dockerfiles, {}};
  Repair repair(level, audit(input, options));
  Input current = input;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto next = repair.next(audit(current, options));
    if (next.empty()) break;
    for (const Finding& finding : next) {
      if (finding.edit) apply_edit(finding, current);
      if (!finding.edit) apply_patch(finding, current, fixes.patches);
    }
  }
  for (Finding& finding : audit(current, options)) {
    if (finding.level >= level) fixes.left.push_back(std::move(finding));
  }
  fixes.objects = std::move(current.objects);
  fixes.dockerfiles = std::move(current.dockerfiles);
  return fixes;
}

std::vector<FixFile> overlay_of(const Input& input, const Fixes& fixes, const std::string& base) {
  std::vector<FixFile> files;
  if (!input.objects.empty()) {
    files.push_back({"kustomization.yaml", kustomization_text(fixes, base)});
    if (base.empty()) files.push_back({"objects.yaml", objects_text(input.objects)});
    for (const ObjectPatch& patch : fixes.patches)
      files.push_back({patch_file(patch.object), operations_text(patch.operations)});
  }
  for (size_t i = 0; i < fixes.dockerfiles.size(); ++i) {
    const DockerfileText& file = fixes.dockerfiles[i];
    if (file.text == input.dockerfiles[i].text) continue;
    const std::string name = file.name.substr(file.name.rfind('/') + 1);
    files.push_back({i == 0 ? name : fmt::format("{}.{}", name, i + 1), file.text});
  }
  return files;
}

}  // namespace zdt::audit
