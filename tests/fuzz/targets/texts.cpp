// What the runner reads from files and from the command line: YAML, times and sizes, kubeconfigs, journals,
// audited files, and what a load is told.
#include <fstream>

#include "audit/dockerfile.h"
#include "audit/fixes.h"
#include "audit/outputs.h"
#include "base/units.h"
#include "base/yaml.h"
#include "fuzz/targets/targets.h"
#include "kube/kubeconfig.h"
#include "load/threshold.h"
#include "load/url_file.h"
#include "stage/journal.h"

namespace zdt::fuzz {
namespace {

const std::vector<std::string> kYamlWords = {
    "- ",       ": ",     "? ",  "&a ",   "*a",    "<<: ",  "!!str ",      "!!binary ",
    "!!float ", "!!null", "|\n", ">-\n",  "---\n", "...\n", "%YAML 1.2\n", "{",
    "}",        "[",      "]",   "\"",    "'",     "# ",    "\t",          "\n",
    "  ",       "0x",     "0o7", "1_000", ".inf",  ".nan",  "~",           "yes"};

/// A value that came out must go through what is done with every value.
void use(const json& value) {
  std::string text;
  try {
    text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  } catch (const json::exception& failure) {
    throw Fault(std::string("a parsed value cannot be written: ") + failure.what());
  }
}

void take_yaml(const std::string& input) {
  const auto documents = parse_yaml_documents(input, "input");
  if (!documents) return;
  for (const json& document : *documents) use(document);
}

void take_units(const std::string& input) {
  (void)parse_duration(input);
  (void)parse_rate(input);
  (void)parse_quantity(input);
  if (const auto time = parse_time(input)) (void)format_time(*time, true);
  if (const auto duration = parse_duration(input)) (void)format_duration(*duration);
}

/// In the child: the folder carries its process's id.
void write_input(const std::string& file, const std::string& input) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << input;
}

void take_kubeconfig(const std::string& input) {
  static const std::string file = scratch_folder() + "/kubeconfig";
  write_input(file, input);
  (void)kube::load_kubeconfig(file, "");
  (void)kube::load_kubeconfig(file, "rehearsal");
}

void take_journal(const std::string& input) {
  static const std::string folder = scratch_folder() + "/runs/20260101T093000.123Z-rollout-x7k2";
  std::filesystem::create_directories(folder);
  write_input(folder + "/journal.jsonl", input);
  const auto content = stage::read_journal(folder);
  if (!content) return;
  (void)content->history();
  for (const stage::Event& event : content->events) (void)stage::to_line(event);
}

void take_audit(const std::string& input) {
  audit::Input read;
  if (auto documents = parse_yaml_documents(input, "input")) read.objects = std::move(*documents);
  read.dockerfiles.push_back({"Dockerfile", input});
  const auto findings = audit::audit(read, {});
  const auto outcome =
      audit::outcome_of({{"input", "input", read.objects.size()}}, {}, audit::Level::kNote, findings);
  (void)audit::text_of(outcome, {});
  use(audit::document_of(outcome));
  use(audit::sarif_of(outcome));
  (void)audit::overlay_of(read, audit::make_fixes(read, {}, audit::Level::kNote), "../base");
}

void take_load(const std::string& input) {
  static const std::string folder = scratch_folder();
  (void)load::parse_threshold(input);
  (void)load::parse_url_file(input, folder,
                             [](const std::string&) { return std::optional<std::string>("x"); });
}

TargetKind text_kind(const std::string& name, std::vector<std::string> words,
                     void (*take)(const std::string&), size_t limit = 64 << 10) {
  TargetKind kind;
  kind.name = name;
  kind.make = [words, take, limit] { return std::make_unique<TextTarget>(words, take, limit); };
  kind.inputs_per_reset = 2000;
  kind.input_limit = limit;
  return kind;
}

/// The contents of the files of `folder` in the project's tree.
std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> contents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ZDT_SOURCE "/" + folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    contents.emplace_back((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }
  std::sort(contents.begin(), contents.end());
  return contents;
}

std::string repeated(const std::string& text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TargetKind yaml_kind() {
  TargetKind kind = text_kind("yaml", kYamlWords, &take_yaml);
  kind.input_limit = 4 << 20;  // for the seeds
  kind.seeds = [] {
    std::string aliases = "a: &a [" + repeated("x,", 30'000) + "1]\nb: [" + repeated("*a,", 3'000) + "1]\n";
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c < 'm'; ++c)
      bomb +=
          std::string(1, c) + ": &" + c + " [" + repeated(std::string("*") + char(c - 1) + ",", 9) + "]\n";
    std::vector<std::string> seeds = {
        std::string(400'000, '1'),
        "a: " + std::string(400'000, '1'),
        "0x" + std::string(400'000, 'f'),
        "a: 1." + std::string(300'000, '0'),
        repeated("[", 100'000),
        repeated("{a: ", 50'000),
        repeated("- ", 50'000),
        aliases,
        bomb,
        "a: &a \"" + std::string(1'000'000, 'x') + "\"\nb: [" + repeated("*a,", 3'000) + "1]\n",
        "a: &a [*a]\n"};
    for (std::string& file : files_of("manifests")) seeds.push_back(std::move(file));
    return seeds;
  };
  return kind;
}

TargetKind units_kind() {
  TargetKind kind = text_kind(
      "units", {"h", "m", "s", "ms", "us", "Gi", "Mi", "k", "e", ".", ":", "-", "T", "Z", "+01:00", "/s"},
      &take_units, 4096);
  kind.input_limit = 1 << 20;
  kind.seeds = [] {
    return std::vector<std::string>{"1m30s",
                                    "800ms",
                                    "200/s",
                                    "50/10s",
                                    "250m",
                                    "64Mi",
                                    "1.5G",
                                    "1e3",
                                    "2026-01-01T00:00:00.123Z",
                                    "2026-01-01T00:00:00+01:00",
                                    std::string(300'000, '1'),
                                    "2026-01-01T00:00:00." + std::string(300'000, '0') + "Z",
                                    repeated("1h", 100'000),
                                    "1e" + std::string(300'000, '9')};
  };
  return kind;
}

TargetKind kubeconfig_kind() { return text_kind("kubeconfig", kYamlWords, &take_kubeconfig); }

TargetKind journal_kind() {
  TargetKind kind = text_kind("journal",
                              {"\"type\"",
                               "\"seq\"",
                               "\"ts\"",
                               "\"step\"",
                               "\"status\"",
                               "\"passed\"",
                               "run-started",
                               "run-finished",
                               "step-finished",
                               "checkpoint",
                               "{",
                               "}",
                               "[",
                               "]",
                               ":",
                               ",",
                               "\n",
                               "null",
                               "\"format\":2",
                               "\"steps\":"},
                              &take_journal);
  kind.input_limit = 1 << 20;
  kind.seeds = [] {
    return std::vector<std::string>{repeated("[", 200'000) + "\n{}\n", repeated("{\"a\":", 100'000) + "\n",
                                    repeated("\n", 100'000)};
  };
  return kind;
}

TargetKind audit_kind() {
  TargetKind kind = text_kind("audit", kYamlWords, &take_audit);
  kind.inputs_per_reset = 500;
  kind.input_limit = 1 << 20;
  kind.seeds = [] {
    std::vector<std::string> seeds = files_of("tests/unit/audit/planted");
    seeds.push_back("apiVersion: v1\nkind: Pod\nmetadata: {name: " + std::string(400'000, '1') + "}\n");
    seeds.push_back("FROM a\nENTRYPOINT " + std::string(200'000, '[') + "\n");
    seeds.push_back("FROM a" + repeated(" AS b\nFROM b", 5'000) + "\n");
    return seeds;
  };
  return kind;
}

TargetKind load_kind() {
  TargetKind kind = text_kind("load", {"latency", "p(99)",   "failed",   "count",    "rate",
                                       "<",       "==",      "{phase:",  "}",        ": ",
                                       "$(A)",    "${A}",    "A=$(B)\n", "B=$(A)\n", " POST ",
                                       "<file",   "http://", "#",        "\n",       " abort after 10s"},
                              &take_load);
  kind.seeds = [] {
    return std::vector<std::string>{"latency{pod:a}: p(99.9) < 800ms abort after 10s",
                                    "failed: count==0",
                                    "failed: rate<5%",
                                    "HOST=a\nhttp://$(HOST)/x POST a=b\n${HOST}/y GET # c\n",
                                    "A=$(A)\n$(A)\n",
                                    "A=xx\n" + repeated("A=$(A)$(A)\n", 40) + "$(A)\n"};
  };
  return kind;
}

}  // namespace zdt::fuzz
