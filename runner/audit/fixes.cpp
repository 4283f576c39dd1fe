#include "audit/fixes.h"

#include <algorithm>

#include "audit/coverage.h"
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
std::string object_key(const ObjectName& object) { return fmt::format("{}#{}", object.text(), object.index); }
Subject subject_of(const Finding& finding) { return {finding.rule, object_key(finding.object), finding.path}; }

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
      if (!wanted || !finding.fixable() || objects.contains(object_key(finding.object))) continue;
      if (!tried_.insert({subject_of(finding), fix}).second) continue;
      objects.insert(object_key(finding.object));
      chosen.push_back(finding);
    }
    return chosen;
  }

 private:
  Level level_;
  std::set<Subject> asked_for_;
  std::set<std::pair<Subject, std::string>> tried_;
};

void remember(std::vector<ObjectPatch>& patches, const Finding& finding) {
  auto found = std::find_if(patches.begin(), patches.end(),
                            [&](const ObjectPatch& one) { return one.object.index == finding.object.index; });
  if (found == patches.end()) found = patches.insert(patches.end(), {finding.object, json::array()});
  for (const json& operation : finding.patch) found->operations.push_back(operation);
}

void apply_patch(const Finding& finding, Input& input, std::vector<ObjectPatch>& patches) {
  if (finding.object.index >= input.objects.size()) return;
  json& object = input.objects[finding.object.index];
  try {
    object = object.patch(finding.patch);
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

/// A file's name for each patch; a number makes the second of one name another.
std::vector<std::string> patch_files(const std::vector<const ObjectPatch*>& patches) {
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (const ObjectPatch* patch : patches) {
    const ObjectName& object = patch->object;
    const std::string name = slug(object.kind + "-" + (object.ns.empty() ? "" : object.ns + "-") + object.name);
    std::string unique = name;
    for (int number = 2; !taken.insert(unique).second; ++number) unique = fmt::format("{}-{}", name, number);
    names.push_back(unique + ".json");
  }
  return names;
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

/// A target without a namespace would be every object of the name: kustomize takes a missing one for "default".
std::string target_text(const ObjectName& object) {
  std::string text = "    target:\n";
  if (!group_of(object.api_version).empty()) text += fmt::format("      group: {}\n", written(group_of(object.api_version)));
  return text + fmt::format("      version: {}\n      kind: {}\n      name: {}\n      namespace: {}\n",
                            written(version_of(object.api_version)), written(object.kind), as_pattern(object.name),
                            as_pattern(object.ns.empty() ? "default" : object.ns));
}

std::string kustomization_text(const std::vector<const ObjectPatch*>& patches, const std::string& base) {
  std::string text =
      "# Written by zdt-demo audit --fix: each patch is a list of operations (RFC 6902).\n"
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n\nresources:\n";
  text += fmt::format("  - {}\n", written(base.empty() ? "objects.yaml" : base));
  if (!patches.empty()) text += "\npatches:\n";
  const auto files = patch_files(patches);
  for (size_t i = 0; i < patches.size(); ++i)
    text += fmt::format("  - path: {}\n", files[i]) + target_text(patches[i]->object);
  return text;
}

bool is_named(const json& object) { return !string_at(object, {"metadata", "name"}).empty(); }

/// YAML documents; JSON is YAML. kustomize refuses an object without a name.
std::string objects_text(const Input& input, const std::vector<size_t>& chosen) {
  std::string text;
  for (const size_t index : chosen) {
    if (is_named(input.objects[index]))
      text += "---\n" + written_form(input.objects[index]).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return text;
}

std::string file_of(const Input& input, size_t index) { return index < input.places.size() ? input.places[index].file : ""; }

/// The objects of one overlay, and its folder: all in one, or, where an object is in two files, one for each file.
using Parts = std::map<std::string, std::vector<size_t>>;
Parts parts_of(const Input& input) {
  std::set<std::string> known;
  bool twice = false;
  for (const json& object : input.objects) twice = twice || (is_named(object) && !known.insert(identity_of(object)).second);
  Parts parts;
  for (size_t i = 0; i < input.objects.size(); ++i) parts[twice ? file_of(input, i) : ""].push_back(i);
  return parts;
}

Parts whole_of(const Input& input) {
  Parts whole;
  for (size_t i = 0; i < input.objects.size(); ++i) whole[""].push_back(i);
  return whole;
}

void add_overlay(const Input& input, const Fixes& fixes, const std::string& base, const std::string& folder,
                 const std::vector<size_t>& chosen, std::vector<FixFile>& files) {
  std::vector<const ObjectPatch*> patches;
  for (const ObjectPatch& patch : fixes.patches) {
    if (std::find(chosen.begin(), chosen.end(), patch.object.index) != chosen.end()) patches.push_back(&patch);
  }
  files.push_back({folder + "kustomization.yaml", kustomization_text(patches, base)});
  if (base.empty()) files.push_back({folder + "objects.yaml", objects_text(input, chosen)});
  const auto names = patch_files(patches);
  for (size_t i = 0; i < patches.size(); ++i) files.push_back({folder + names[i], operations_text(patches[i]->operations)});
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

std::string twice_in_one_file(const Input& input) {
  std::map<std::string, std::string> known;
  for (size_t i = 0; i < input.objects.size(); ++i) {
    const std::string key = identity_of(input.objects[i]) + "#" + file_of(input, i);
    if (!is_named(input.objects[i]) || known.emplace(key, "").second) continue;
    return name_of(input.objects[i]).text() + (file_of(input, i).empty() ? "" : " in " + file_of(input, i));
  }
  return "";
}

std::vector<FixFile> overlay_of(const Input& input, const Fixes& fixes, const std::string& base) {
  std::vector<FixFile> files;
  const auto anything = [&](const std::vector<size_t>& chosen) {
    return std::any_of(chosen.begin(), chosen.end(), [&](size_t index) { return is_named(input.objects[index]); });
  };
  std::set<std::string> folders;
  for (const auto& [file, chosen] : base.empty() ? parts_of(input) : whole_of(input)) {
    if (!anything(chosen)) continue;
    std::string folder = file.empty() ? "" : slug(file);
    for (int number = 2; !file.empty() && !folders.insert(folder).second; ++number) folder = fmt::format("{}-{}", slug(file), number);
    add_overlay(input, fixes, base, folder.empty() ? "" : folder + "/", chosen, files);
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
