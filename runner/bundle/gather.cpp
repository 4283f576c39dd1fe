#include "bundle/gather.h"

#include <algorithm>

#include "base/text.h"
#include "bundle/download.h"
#include "host/process.h"

namespace zdt::bundle {
namespace {

constexpr int64_t kLargestManifest = 32 << 20;

std::string last_line(std::string_view text) {
  const auto lines = split(trim(text), '\n');
  return trim(lines.back());
}

Task<Result<std::string>> output_of(std::vector<std::string> argv, milliseconds limit) {
  host::Command command;
  command.argv = std::move(argv);
  command.limit = limit;
  command.capture_limit = 64 << 20;
  auto exit = co_await host::run(std::move(command));
  if (!exit) co_return exit.error();
  if (exit->ok()) co_return std::move(exit->out);
  const std::string said = exit->err.empty() ? exit->out : exit->err;
  if (said.find("toomanyrequests") != std::string::npos) {
    co_return Error{Code::kEnvironment, "Docker Hub's pull quota is used up", "docker login, or wait"};
  }
  co_return Error{Code::kEnvironment, last_line(said), ""};
}

std::string always_sentence(const std::string& source, const std::string& one) {
  return fmt::format("{}: {}, so that it asks the network for it although the node has it: want IfNotPresent", source, one);
}

Task<bool> is_in_docker(std::string image) {
  std::vector<std::string> command{"docker", "image", "inspect", "--format", "{{.Id}}", image};
  auto id = co_await output_of(std::move(command), std::chrono::seconds(20));
  co_return id.has_value();
}

class Gathering {
 public:
  explicit Gathering(Sources sources) : sources_(std::move(sources)) {}

  Task<Result<Gathered>> run() {
    for (const fs::path& folder : sources_.from) {
      auto here = pieces_in_folder(folder);
      if (!here) co_return here.error();
      found_.insert(found_.end(), here->begin(), here->end());
    }
    wanted_ = wanted_by(sources_.pins, sources_.node_image);
    for (const Chart& chart : sources_.pins.charts) co_await take_chart(chart);
    for (const auto& [name, url] : sources_.pins.manifests) co_await take_manifest(name, url);
    auto trees = co_await asked_by_trees(sources_.kubectl, sources_.root / "manifests");
    if (!trees) co_return trees.error();
    want("manifests/", *trees);
    co_await take_images();
    if (!failures_.empty()) {
      co_return Error{Code::kEnvironment, "the bundle would lack\n  " + join(failures_, "\n  "),
                      "lay the missing pieces into a folder and name it with --from"};
    }
    Gathered gathered{std::move(taken_), std::move(wanted_)};
    co_return gathered;
  }

 private:
  const Piece* found(const std::string& kind, const std::string& name) const {
    const auto piece = std::find_if(found_.begin(), found_.end(), [&](const Piece& one) {
      return one.kind == kind && (kind.ends_with("image") ? normal_image(one.name) : one.name) == name;
    });
    return piece == found_.end() ? nullptr : &*piece;
  }
  bool take_found(const std::string& kind, const std::string& name) {
    const Piece* piece = found(kind, name);
    if (piece != nullptr) taken_.push_back(*piece);
    return piece != nullptr;
  }
  void fail(const std::string& what, const Error& why) {
    failures_.push_back(fmt::format("{}: {}", what, why.what));
  }

  void want(const std::string& source, const Asked& asked) {
    for (const std::string& image : asked.images) wanted_.push_back({"image", image});
    for (const std::string& one : asked.always) failures_.push_back(always_sentence(source, one));
  }

  Task<void> take_chart(const Chart& chart) {
    const std::string name = chart.file_name();
    if (!take_found("chart", name)) {
      sources_.say("chart " + name);
      auto pulled = co_await output_of(pull_chart_command(chart, sources_.scratch), std::chrono::minutes(5));
      if (!pulled) fail("chart " + name + " of " + chart.repo, pulled.error());
      if (!pulled) co_return;
      taken_.push_back({"chart", name, "", sources_.scratch / (name + ".tgz")});
    }
    auto asked = co_await asked_by_chart(chart, taken_.back().file, sources_.root, kubernetes_version_of(sources_.pins));
    if (!asked) fail("the images of chart " + name, asked.error());
    if (asked) want("chart " + name, *asked);
  }

  Task<void> take_manifest(const std::string& name, const std::string& url) {
    if (!take_found("manifest", name)) {
      sources_.say("manifest " + name);
      const fs::path file = sources_.scratch / fmt::format("manifest-{}.yaml", taken_.size());
      http::Client client(co_await asio::this_coro::executor);
      http::Tls usual;
      auto fetched = co_await download(client, url, file, kLargestManifest, std::move(usual));
      if (!fetched) fail("manifest " + name, fetched.error());
      if (!fetched) co_return;
      taken_.push_back({"manifest", name, "", file});
    }
    auto text = host::read_file(taken_.back().file);
    auto asked = text ? asked_in_yaml(*text, name) : text.error();
    if (!asked) fail("the images of manifest " + name, asked.error());
    if (asked) want("manifest " + name, *asked);
  }

  Task<void> take_images() {
    std::sort(wanted_.begin(), wanted_.end());
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    for (const Wanted& one : std::vector<Wanted>(wanted_)) {
      if (one.kind.ends_with("image") && !take_found(one.kind, one.name)) co_await take_image(one);
    }
  }

  /// The reference to pull: with the pin's digest where it has one. The tag is what it is saved by, as an
  /// archive of a bare digest has no name inside.
  Task<void> take_image(Wanted one) {
    sources_.say(one.kind + " " + one.name);
    const bool pinned = one.kind == "node-image";
    const std::string reference = pinned ? sources_.pins.node_image : one.name;
    const auto& local = sources_.pins.local_images;
    const fs::path file = sources_.scratch / fmt::format("image-{}.tar", taken_.size());
    const bool built_here = std::any_of(local.begin(), local.end(),
                                        [&](const auto& name) { return normal_image(name) == one.name; });
    Result<std::string> done = std::string();
    std::vector<std::vector<std::string>> commands;  // named, as GCC 12 destroys a list in a co_await twice
    Result<bool> by_reference = true;
    if (!built_here) by_reference = co_await bring(reference, one.name);
    if (!by_reference) done = by_reference.error();
    if (by_reference && *by_reference && reference != one.name) commands.push_back({"docker", "tag", reference, one.name});
    commands.push_back({"docker", "save", "-o", file.string(), one.name});
    for (const auto& command : commands) {
      if (done) done = co_await output_of(command, std::chrono::minutes(30));
    }
    if (!done) fail(one.kind + " " + one.name, done.error());
    if (!done) co_return;
    auto pieces = pieces_in_file(file);
    if (!pieces) fail(one.kind + " " + one.name, pieces.error());
    for (const Piece& piece : pieces ? *pieces : std::vector<Piece>()) {
      if (normal_image(piece.name) == one.name) taken_.push_back({one.kind, one.name, piece.digest, file});
    }
  }

  /// Makes sure that Docker has the image. False: it has it by its tag alone (it came out of an archive), and the reference
  /// cannot be pulled.
  Task<Result<bool>> bring(std::string reference, std::string tag) {
    const bool there = co_await is_in_docker(reference);
    if (there) co_return true;
    std::vector<std::string> command{"docker", "pull", reference};
    auto pulled = co_await output_of(std::move(command), std::chrono::minutes(30));
    if (pulled) co_return true;
    const bool tagged = reference != tag && co_await is_in_docker(tag);
    if (!tagged) co_return pulled.error();
    sources_.say(fmt::format("{}: {}; Docker's own {} is taken", reference, pulled.error().what, tag));
    co_return false;
  }

  Sources sources_;
  std::vector<Piece> found_, taken_;
  std::vector<Wanted> wanted_;
  std::vector<std::string> failures_;
};

}  // namespace

std::vector<std::string> pull_chart_command(const Chart& chart, const fs::path& folder) {
  if (chart.repo.starts_with("oci://")) {
    return {"helm",          "pull",         chart.repo + "/" + chart.name, "--version", chart.version,
            "--destination", folder.string()};
  }
  return {"helm",      "pull",        chart.name,      "--repo",       chart.repo,
          "--version", chart.version, "--destination", folder.string()};
}

std::vector<std::string> render_chart_command(const Chart& chart, const fs::path& archive, const fs::path& root,
                                              const std::string& kubernetes) {
  std::vector<std::string> argv{"helm",           "template",       chart.name,
                                archive.string(), "--include-crds", "--skip-tests"};
  if (!kubernetes.empty()) argv.insert(argv.end(), {"--kube-version", kubernetes});
  for (const std::string& values : chart.values) {
    argv.push_back("--values");
    argv.push_back((root / values).string());
  }
  return argv;
}

Task<Result<Asked>> asked_by_chart(Chart chart, fs::path archive, fs::path root, std::string kubernetes) {
  auto rendered = co_await output_of(render_chart_command(chart, archive, root, kubernetes), std::chrono::minutes(2));
  if (!rendered) co_return rendered.error();
  co_return asked_in_yaml(*rendered, "chart " + chart.file_name());
}

namespace {

void add_problems(const Index& index, const std::string& chart, const Asked& asked, std::vector<std::string>& problems) {
  for (const std::string& one : asked.always) problems.push_back(always_sentence(chart, one));
  for (const std::string& image : asked.images) {
    if (find_entry(index, "image", image) == nullptr) problems.push_back(fmt::format("it lacks image {}, which {} names", image, chart));
  }
}

}  // namespace

Task<Result<std::vector<std::string>>> chart_problems(fs::path file, Pins pins, fs::path root) {
  if (host::find_program("helm").empty()) co_return Error{Code::kEnvironment, "helm is not installed (or not on PATH)", "zdt-demo setup"};
  const host::TempDir scratch("zdt-charts");
  auto bundle = Bundle::open(file, scratch.path());
  if (!bundle) co_return bundle.error();
  std::vector<std::string> problems;
  for (const Chart& chart : pins.charts) {
    const std::string name = "chart " + chart.file_name();
    if (find_entry((*bundle)->index(), "chart", chart.file_name()) == nullptr) continue;  // told as missing
    auto archive = co_await (*bundle)->extract("chart", chart.file_name());
    if (!archive) co_return archive.error();
    auto asked = co_await asked_by_chart(chart, *archive, root, kubernetes_version_of(pins));
    if (asked) add_problems((*bundle)->index(), name, *asked, problems);
    if (!asked) problems.push_back(fmt::format("{} cannot be rendered: {}", name, asked.error().what));
  }
  co_return problems;
}

Task<Result<Gathered>> gather(Sources sources) {
  Gathering gathering(std::move(sources));
  auto gathered = co_await gathering.run();
  co_return gathered;
}

}  // namespace zdt::bundle
