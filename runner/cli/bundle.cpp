#include "bundle/bundle.h"

#include "base/text.h"
#include "bundle/gather.h"
#include "cli/cli.h"
#include "cli/machine_commands.h"
#include "host/process.h"
#include "host/user_file.h"
#include "report/live_line.h"
#include "report/table.h"
#include "script/data_file.h"

namespace zdt::cli {
namespace {

/// A damaged or hostile bundle is a machine that falls short; a file that is not there is a wrong command
/// line.
Error as_bundle_error(Error error) {
  if (error.code == Code::kNotFound) error.code = Code::kUsage;
  if (error.code == Code::kInvalid || error.code == Code::kFailed) error.code = Code::kEnvironment;
  return error;
}

std::string size_text(int64_t bytes) {
  if (bytes >= 1 << 30) return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
  if (bytes >= 1 << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
  return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
}

report::TerminalStyle style_of(const host::Host& host) {
  return report::decide_style(report::ColourFlag::kAuto, host.environment, host.terminal.output_is_terminal(),
                              host.terminal.columns());
}

/// One line that is written over; in steps of one per cent.
class ProgressLine {
 public:
  explicit ProgressLine(host::Host& host) : style_(style_of(host)), line_(host.terminal, style_) {}
  bundle::Progress progress() {
    return [this](int64_t done, int64_t total, const std::string& what) {
      const int64_t percent = total > 0 ? done * 100 / total : 100;
      if (percent == shown_) return;
      shown_ = percent;
      const auto filled = static_cast<size_t>(percent / 5);
      line_.show(fmt::format("[{:<20}] {:>3} % of {}  {}", std::string(filled, '#'), percent,
                             size_text(total), what));
    };
  }
  void end() { line_.erase(); }

 private:
  report::TerminalStyle style_;
  report::LiveLine line_;
  int64_t shown_ = -1;
};

/// The pins, and the node image that the Kind configuration names.
Task<Result<bundle::Pins>> read_pins(host::Host& host) {
  script::World world(host, nullptr);
  auto declared = co_await script::read_data_file(world, host.root / "scripts/lib/pins.lua");
  if (!declared) co_return declared.error();
  auto pins = bundle::pins_from(*declared);
  if (!pins) co_return pins.error();
  auto image = bundle::kind_node_image(host.root / "manifests/kind-config.yaml");
  if (!image) co_return image.error();
  if (pins->node_image.empty()) pins->node_image = *image;
  co_return pins;
}

std::string kubectl_of(const host::Host& host) {
  const std::string own = (host.tools / "bin/kubectl").string();
  return host::find_program(own).empty() ? "kubectl" : own;
}

/// What the manifests of this project name today, charts aside: those are rendered when a bundle is made.
Task<Result<std::vector<bundle::Wanted>>> wanted_now(host::Host& host, bool node_image) {
  auto pins = co_await read_pins(host);
  if (!pins) co_return pins.error();
  auto trees = co_await bundle::images_of_trees(kubectl_of(host), host.root / "manifests");
  if (!trees) co_return trees.error();
  auto wanted = bundle::wanted_by(*pins, node_image);
  for (const std::string& image : *trees) wanted.push_back({"image", image});
  co_return wanted;
}

/// "image busybox:1.36", each once, in the order of kind and name.
Task<Result<std::set<std::string>>> lacks(host::Host& host, bundle::Index index, bool node_image) {
  auto wanted = co_await wanted_now(host, node_image);
  if (!wanted) co_return wanted.error();
  wanted->insert(wanted->end(), index.wanted.begin(), index.wanted.end());
  std::set<std::string> lacking;
  for (const bundle::Wanted& one : bundle::missing_in(index, *wanted)) {
    if (one.kind != "node-image" || node_image) lacking.insert(one.kind + " " + one.name);
  }
  co_return lacking;
}

}  // namespace

Task<Result<void>> require_complete(host::Host& host, bundle::Index index, bool node_image) {
  auto lacking = co_await lacks(host, std::move(index), node_image);
  if (!lacking) co_return lacking.error();
  if (lacking->empty()) co_return Result<void>();
  const std::vector<std::string> names(lacking->begin(), lacking->end());
  co_return Error{Code::kEnvironment, "the bundle lacks " + join(names, ", "),
                  "zdt-demo bundle create, from today's manifests"};
}

Task<int> make_bundle(host::Host& host, BundleRequest request) {
  auto writable = host::check_user_file(request.file);
  if (!writable) co_return report_error(host.terminal, writable.error());
  auto pins = co_await read_pins(host);
  if (!pins) co_return report_error(host.terminal, pins.error());
  const host::TempDir scratch("zdt-bundle");
  bundle::Sources sources;
  sources.root = host.root;
  sources.scratch = scratch.path();
  sources.kubectl = kubectl_of(host);
  sources.from.assign(request.from.begin(), request.from.end());
  sources.pins = std::move(*pins);
  sources.node_image = request.on == "kind";
  sources.say = [&host](const std::string& what) { host.terminal.write_error("fetching " + what + "\n"); };
  auto gathered = co_await bundle::gather(std::move(sources));
  if (!gathered) co_return report_error(host.terminal, as_bundle_error(gathered.error()));
  ProgressLine line(host);
  auto index =
      co_await bundle::create_bundle(host::fs::absolute(request.file), std::move(gathered->pieces),
                                     std::move(gathered->wanted), format_time(host.now()), line.progress());
  line.end();
  if (!index) co_return report_error(host.terminal, as_bundle_error(index.error()));
  std::error_code no_file;
  const auto size = host::fs::file_size(request.file, no_file);
  const std::string entries = fmt::format("{}: {} entries", request.file, index->entries.size());
  // A pipe or a device may be stdout itself, which has the bundle.
  if (no_file) host.terminal.write_error(entries + "\n");
  if (!no_file) host.terminal.write(fmt::format("{}, {}\n", entries, size_text(static_cast<int64_t>(size))));
  co_return 0;
}

namespace {

/// Adds what is wrong with the rendered charts. Of a file that is damaged already nothing is rendered; without helm neither,
/// which is said.
Task<Result<void>> look_at_charts(host::Host& host, std::string file, std::vector<std::string>& problems) {
  if (!problems.empty()) co_return Result<void>();
  if (host::find_program("helm").empty()) {
    host.terminal.write_error("the charts' pods were not looked at: helm is not installed (or not on PATH)\n");
    co_return Result<void>();
  }
  auto pins = co_await read_pins(host);
  if (!pins) co_return pins.error();
  auto found = co_await bundle::chart_problems(file, std::move(*pins), host.root);
  if (!found) co_return found.error();
  problems.insert(problems.end(), found->begin(), found->end());
  co_return Result<void>();
}

}  // namespace

Task<int> check_bundle(host::Host& host, BundleRequest request) {
  ProgressLine line(host);
  auto verified = co_await bundle::verify_bundle(request.file, line.progress());
  line.end();
  if (!verified) co_return report_error(host.terminal, as_bundle_error(verified.error()));
  auto lacking = co_await lacks(host, verified->index, request.on == "kind");
  if (!lacking) co_return report_error(host.terminal, lacking.error());
  std::vector<std::string> problems = verified->problems;
  for (const std::string& one : *lacking)
    problems.push_back(fmt::format("it lacks {}, which the manifests name", one));
  auto charts = co_await look_at_charts(host, request.file, problems);
  if (!charts) co_return report_error(host.terminal, as_bundle_error(charts.error()));
  for (const std::string& problem : problems) host.terminal.write(problem + "\n");
  if (!problems.empty()) {
    Error broken{
        Code::kEnvironment,
        fmt::format("{} has {} problem{}", request.file, problems.size(), problems.size() == 1 ? "" : "s"),
        "zdt-demo bundle create " + request.file};
    co_return report_error(host.terminal, broken);
  }
  host.terminal.write(fmt::format("{}: {} entries, every size and SHA-256 is right, nothing is missing\n",
                                  request.file, verified->index.entries.size()));
  co_return 0;
}

Task<int> list_bundle(host::Host& host, BundleRequest request) {
  auto index = bundle::read_index(request.file);
  if (!index) co_return report_error(host.terminal, as_bundle_error(index.error()));
  if (request.output == "json") {
    host.terminal.write_json_text(bundle::index_text(*index));
    co_return 0;
  }
  json rows = json::array();
  for (const bundle::Entry& entry : index->entries) {
    rows.push_back({entry.kind, entry.name, size_text(entry.size), entry.sha256.substr(0, 12),
                    entry.digest.substr(0, 19)});
  }
  const json columns{"kind", "name", "size", "sha256", "digest"};
  host.terminal.write(join(report::table_lines(columns, rows), "\n") + "\n");
  host.terminal.write(fmt::format("{} entries, made {}\n", index->entries.size(), index->created));
  co_return 0;
}

}  // namespace zdt::cli
