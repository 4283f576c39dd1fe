#include "cli/install.h"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"
#include "bundle/download.h"
#include "bundle/sha256.h"
#include "bundle/tar.h"
#include "host/process.h"

namespace zdt::cli {
namespace {

constexpr int64_t kLargestDownload = 256 << 20;
constexpr size_t kLargestProgram = 512 << 20;

std::string for_architecture(std::string text, const std::string& arch) {
  const std::string variable = "${arch}";
  for (size_t at = 0; (at = text.find(variable, at)) != std::string::npos;)
    text.replace(at, variable.size(), arch);
  return text;
}

Task<Result<void>> install_packages(std::vector<std::string> packages) {
  host::Command command;
  command.argv = {"apt-get", "install", "-y", "--no-install-recommends", "--no-remove"};
  if (geteuid() != 0) command.argv.insert(command.argv.begin(), "sudo");
  command.argv.insert(command.argv.end(), packages.begin(), packages.end());
  command.env["DEBIAN_FRONTEND"] = "noninteractive";
  command.limit = std::chrono::minutes(10);
  auto exit = co_await host::run_checked(std::move(command));
  if (!exit) co_return Error{Code::kEnvironment, exit.error().what, "apt-get update, then once more"};
  co_return Result<void>();
}

/// Takes the program out of its archive. Fails kInvalid.
Result<void> unpack(const host::fs::path& archive, const std::string& member, const host::fs::path& program) {
  auto reader = bundle::TarReader::open(archive, bundle::TarReader::Compression::kGzipAllowed);
  if (!reader) return reader.error();
  while (true) {
    auto next = reader->next();
    if (!next) return next.error();
    if (!*next) return Error{Code::kInvalid, fmt::format("{} has no {}", archive.string(), member), ""};
    if ((*next)->path != member || !(*next)->regular) continue;
    auto content = reader->read_all(kLargestProgram);
    if (!content) return content.error();
    return host::write_file(program, *content, 0755);
  }
}

Task<Result<void>> install_download(host::Host& host, std::string tool, script::Download from,
                                    std::string arch) {
  const host::TempDir scratch("zdt-setup");
  const host::fs::path fetched = scratch.path() / "download";
  http::Client client(co_await asio::this_coro::executor);
  http::Tls usual;
  auto sum = co_await bundle::download(client, for_architecture(from.url, arch), fetched, kLargestDownload, std::move(usual));
  if (!sum) co_return sum.error();
  co_return place_program(fetched, *sum, from, arch, host.tools / "bin" / tool);
}

}  // namespace

Result<void> place_program(const host::fs::path& fetched, const std::string& sum,
                           const script::Download& from, const std::string& arch,
                           const host::fs::path& program) {
  const auto want = from.sha256.find(arch);
  if (want == from.sha256.end() || sum != want->second) {
    return Error{
        Code::kEnvironment,
        fmt::format("{}: the download has SHA-256 {}, want {}: it was thrown away",
                    program.filename().string(), sum, want == from.sha256.end() ? "none" : want->second),
        ""};
  }
  if (!from.member.empty()) return unpack(fetched, for_architecture(from.member, arch), program);
  auto content = host::read_file(fetched);
  if (!content) return content.error();
  return host::write_file(program, *content, 0755);
}

std::string architecture() {
  utsname names{};
  uname(&names);
  const std::string machine = names.machine;
  if (machine == "x86_64") return "amd64";
  return machine == "aarch64" ? "arm64" : machine;
}

std::vector<Installation> plan_installation(const script::CheckUp& checked, const std::string& arch) {
  std::vector<Installation> plan;
  Installation packages;
  for (const script::Tool& tool : checked.wanted.tools) {
    const auto finding = std::find_if(checked.findings.begin(), checked.findings.end(),
                                      [&](const auto& one) { return one.tool == tool.name; });
    const bool lacks =
        finding != checked.findings.end() && finding->blocks && finding->verdict != "not-answering";
    if (!lacks) continue;
    if (!tool.package.empty() && checked.system == "debian") {
      packages.packages.push_back(tool.package);
    } else if (tool.download && tool.download->sha256.contains(arch)) {
      Installation one;
      one.tool = tool.name;
      one.download = tool.download;
      one.what = fmt::format("download {} {} from {}, verify its SHA-256, and put it into our own tools",
                             tool.name, tool.download->version, for_architecture(tool.download->url, arch));
      plan.push_back(std::move(one));
    }
  }
  packages.what = "apt-get install --no-install-recommends --no-remove " + join(packages.packages, " ");
  if (!packages.packages.empty()) plan.insert(plan.begin(), std::move(packages));
  return plan;
}

Task<Result<void>> install(host::Host& host, Installation installation, std::string arch) {
  if (installation.download) {
    auto done = co_await install_download(host, installation.tool, *installation.download, std::move(arch));
    co_return done;
  }
  auto done = co_await install_packages(std::move(installation.packages));
  co_return done;
}

}  // namespace zdt::cli
