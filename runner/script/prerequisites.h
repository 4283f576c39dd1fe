// What setup.lua declares, and how a machine compares with it (docs/setup.md).
#pragma once
#include <set>

#include "base/json.h"
#include "host/host.h"

namespace zdt::script {

/// A file from the network, named with its checksum by a page that can be trusted. sha256  by architecture
/// (amd64, arm64). url  with ${arch}.   member  the program inside when the file is a tar.gz; "": the file is
/// the program.
struct Download {
  std::string version, url, member;
  std::map<std::string, std::string> sha256;
};

/// needed       the least version; "": any.   needed_for  targets; empty: an optional tool.
/// program      which program has it, when that is another one: docker has the plug-in buildx. Such a part is advised: without
///              it a target still works.
/// version      the program's arguments that make it print its version, and the Lua pattern that finds it.
/// answers      arguments that succeed only when the service behind the tool answers; empty: there is none.
/// get          how to get it by hand, by system (debian, fedora, macos).
/// package      the Debian package that --install may install: one that starts no service; or empty.
struct Tool {
  std::string name, needed, pattern, package, why, program;
  std::vector<std::string> version, answers, needed_for;
  std::map<std::string, std::string> get;
  std::optional<Download> download;
  bool is_for(std::string_view target) const;
};

struct Prerequisites {
  std::vector<Tool> tools;
  int64_t cpus = 0, memory_gib = 0, disk_gib = 0;
};

/// Fails kScript: a field that is missing, unknown or of another type.
Result<Prerequisites> prerequisites_from(const json& declared);

/// One line of the table. verdict  ok, missing, too-old, not-answering, optional (missing, and no target
/// needs it) or warning (no version could be read; the machine has less than advised).   blocks  whether the
/// target cannot work so.
struct Finding {
  std::string tool, found, needed, verdict, hint, path;
  std::vector<std::string> needed_for;
  bool blocks = false;
};
json to_json(const Finding& finding);

/// < 0, 0, > 0. "v" before it and what follows the digits ("-rc1", "+k3s1") do not count; a missing part is
/// 0.
int compare_versions(std::string_view a, std::string_view b);

/// debian, fedora, macos or other, by /etc/os-release (its ID and ID_LIKE); `text` is its content.
std::string system_from(std::string_view os_release);
/// The words of that system, else Debian's.
std::string hint_for(const Tool& tool, const std::string& system);

/// Where the program is: in our own tools, on PATH, in the sbin folders; or "".
std::string find_tool(const host::Host& host, const std::string& name);

/// What one says of a tool that was found, and whose version is `version` ("": could not be read).
Finding judge(const Tool& tool, const std::string& path, const std::string& version,
              const std::string& target, const std::string& system);

/// What `docker info` says, as one word: colima, rootless, desktop, or "" for an ordinary daemon. Null info:
/// "".
std::string docker_flavour(const json& info);

/// What containers can use: of this machine, or of the virtual machine in which Docker runs.
struct Machine {
  int64_t cpus = 0, memory_bytes = 0, disk_free_bytes = 0;
};
Machine this_machine(const host::Host& host);
/// Who runs this, as the rehearsal cluster sees it.   uid  0: root.   capabilities  the effective ones, as bits.
struct Privileges {
  unsigned uid = 0;
  uint64_t capabilities = 0;
};
Privileges own_privileges();
/// Whether they are enough for the rehearsal cluster, which makes namespaces, mounts and nftables rules: "root" as a finding.
/// It blocks where the target is rehearsal.
Finding judge_privileges(const Privileges& own, const std::string& target);

/// CPUs, memory and disk as findings; never blocking. 8 GiB of memory show as a little less, so 5 % are let
/// off.
std::vector<Finding> judge_machine(const Machine& machine, const Prerequisites& wanted,
                                   const std::string& flavour);

}  // namespace zdt::script
