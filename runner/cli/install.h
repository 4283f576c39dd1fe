// Getting tools that are missing, where that is safe: Debian packages that start no service, and downloads
// whose SHA-256 setup.lua knows. Nothing is ever piped into a shell, and what is recent enough is never
// touched.
#pragma once
#include "host/host.h"
#include "script/tool_check.h"

namespace zdt::cli {

/// One thing to do. what  the sentence that is shown before.   packages  for apt-get; else one download for
/// `tool`.
struct Installation {
  std::string what, tool;
  std::vector<std::string> packages;
  std::optional<script::Download> download;
};

/// What --install would do for the tools that are missing or too old. arch  amd64, arm64; of another machine
/// nothing is downloaded. Packages only on Debian and its kin.
std::vector<Installation> plan_installation(const script::CheckUp& checked, const std::string& arch);

/// amd64, arm64, or uname's own word.
std::string architecture();

/// Puts what was fetched into its place, mode 0755, when its SHA-256 is the right one. Fails kEnvironment
/// (another sum), kInvalid (its archive has no such member).
Result<void> place_program(const host::fs::path& fetched, const std::string& sum,
                           const script::Download& from, const std::string& arch,
                           const host::fs::path& program);

/// Fails kEnvironment (no network, a wrong checksum, apt-get's own words), kTimeout. A tool is there whole or
/// not at all.
Task<Result<void>> install(host::Host& host, Installation installation, std::string arch);

}  // namespace zdt::cli
