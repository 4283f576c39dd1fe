#include "script/prerequisites.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "host/process.h"

namespace zdt::script {
namespace {

std::vector<std::string> words_in(const json& value) {
  std::vector<std::string> words;
  for (const json& word : value.is_array() ? value : json::array()) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  return words;
}

std::map<std::string, std::string> texts_in(const json& value) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, text] : value.items()) {
    if (text.is_string()) texts[key] = text.get<std::string>();
  }
  return texts;
}

Error wrong(const std::string& tool, const std::string& what) {
  return {Code::kScript, fmt::format("setup.lua: {}: {}", tool.empty() ? "a tool" : tool, what),
          "see docs/setup.md"};
}

std::string unknown_field(const json& object, const std::vector<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return key;
  }
  return "";
}

Result<Download> download_from(const std::string& tool, const json& declared) {
  Download download{string_at(declared, {"version"}), string_at(declared, {"url"}),
                    string_at(declared, {"member"}), texts_in(object_at(declared, {"sha256"}))};
  if (!download.url.starts_with("https://")) return wrong(tool, "a download needs an https:// url");
  if (download.version.empty() || download.sha256.empty())
    return wrong(tool, "a download needs version and sha256");
  return download;
}

Result<Tool> tool_from(const json& declared) {
  Tool tool;
  tool.name = string_at(declared, {"name"});
  const std::string field = unknown_field(declared, {"name", "needed", "needed_for", "version", "pattern",
                                                     "answers", "get", "package", "download", "why", "program"});
  if (!field.empty()) return wrong(tool.name, fmt::format("{} is unknown", field));
  tool.needed = string_at(declared, {"needed"});
  tool.pattern = string_at(declared, {"pattern"});
  tool.package = string_at(declared, {"package"});
  tool.why = string_at(declared, {"why"});
  tool.program = string_at(declared, {"program"}, tool.name);
  tool.version = words_in(at(declared, {"version"}));
  tool.answers = words_in(at(declared, {"answers"}));
  tool.needed_for = words_in(at(declared, {"needed_for"}));
  tool.get = texts_in(object_at(declared, {"get"}));
  if (tool.name.empty()) return wrong("", "has no name");
  if (tool.version.empty() != tool.pattern.empty())
    return wrong(tool.name, "version and pattern belong together");
  if (!tool.needed.empty() && tool.pattern.empty()) return wrong(tool.name, "nothing tells its version");
  if (!tool.get.contains("debian")) return wrong(tool.name, "get.debian is missing");
  if (declared.contains("download")) {
    auto download = download_from(tool.name, declared["download"]);
    if (!download) return download.error();
    tool.download = std::move(*download);
  }
  return tool;
}

/// The next number of a version; 0 when there is none.
int64_t take_number(std::string_view& text) {
  int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.starts_with('.')) {
    text.remove_prefix(1);
  } else {
    text = {};
  }
  return failure == std::errc() ? number : 0;
}

}  // namespace

bool Tool::is_for(std::string_view target) const {
  const std::string_view kind = target.starts_with("context:") ? "context" : target;
  return std::find(needed_for.begin(), needed_for.end(), kind) != needed_for.end();
}

Result<Prerequisites> prerequisites_from(const json& declared) {
  Prerequisites wanted;
  wanted.cpus = int_at(declared, {"machine", "cpus"});
  wanted.memory_gib = int_at(declared, {"machine", "memory_gib"});
  wanted.disk_gib = int_at(declared, {"machine", "disk_gib"});
  for (const json& one : array_at(declared, {"tools"})) {
    auto tool = tool_from(one);
    if (!tool) return tool.error();
    wanted.tools.push_back(std::move(*tool));
  }
  if (wanted.tools.empty()) return wrong("", "none is declared");
  return wanted;
}

json to_json(const Finding& finding) {
  return {{"tool", finding.tool},
          {"found", finding.found},
          {"needed", finding.needed},
          {"verdict", finding.verdict},
          {"hint", finding.hint},
          {"path", finding.path},
          {"needed_for", finding.needed_for},
          {"blocks", finding.blocks}};
}

int compare_versions(std::string_view a, std::string_view b) {
  for (std::string_view* text : {&a, &b}) {
    if (text->starts_with('v')) text->remove_prefix(1);
  }
  while (!a.empty() || !b.empty()) {
    const int64_t left = take_number(a), right = take_number(b);
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}

std::string system_from(std::string_view os_release) {
  std::string ids;
  for (const std::string& line : split(os_release, '\n')) {
    if (line.starts_with("ID=") || line.starts_with("ID_LIKE=")) ids += " " + line.substr(line.find('=') + 1);
  }
  for (const auto& [word, system] :
       {std::pair{"debian", "debian"}, {"ubuntu", "debian"}, {"fedora", "fedora"}, {"rhel", "fedora"}}) {
    if (ids.find(word) != std::string::npos) return system;
  }
  return "other";
}

std::string hint_for(const Tool& tool, const std::string& system) {
  const auto found = tool.get.find(system);
  return found == tool.get.end() ? tool.get.at("debian") : found->second;
}

std::string find_tool(const host::Host& host, const std::string& name) {
  std::string found = host::find_program((host.tools / "bin" / name).string());
  if (found.empty()) found = host::find_program(name);
  for (const char* folder : {"/usr/sbin/", "/sbin/"}) {  // not on everybody's PATH
    if (found.empty()) found = host::find_program(folder + name);
  }
  return found;
}

Finding judge(const Tool& tool, const std::string& path, const std::string& version,
              const std::string& target, const std::string& system) {
  Finding finding{tool.name, version, tool.needed, "ok", "", path, tool.needed_for, false};
  if (path.empty()) {
    finding.verdict = "missing";
  } else if (!tool.pattern.empty() && version.empty()) {
    finding.verdict = "warning";
  } else if (!tool.needed.empty() && compare_versions(version, tool.needed) < 0) {
    finding.verdict = "too-old";
  }
  const bool lacks = finding.verdict == "missing" || finding.verdict == "too-old";
  finding.blocks = lacks && tool.is_for(target);
  if (lacks) finding.hint = hint_for(tool, system);
  if (lacks && tool.needed_for.empty()) finding.verdict = "optional";
  if (finding.verdict == "warning") finding.hint = "its version could not be read";
  if (tool.program == tool.name || finding.verdict == "ok") return finding;
  finding.blocks = false;
  finding.verdict = "warning";
  finding.hint = fmt::format("{}: {}", tool.why, hint_for(tool, system));
  return finding;
}

}  // namespace zdt::script
