// The bundle's root file system: links into /usr, and an /etc that knows nothing of this machine's.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/text.h"
#include "host/files.h"
#include "rehearsal/node/bundle.h"

namespace zdt::rehearsal {
namespace {

using host::fs::path;

Error cannot_make(const path& target) {
  return {Code::kEnvironment, fmt::format("cannot make {}: {}", target.string(), std::strerror(errno)), ""};
}

Result<void> make_folders(const path& root) {
  for (const char* name : {"", "etc", "etc/ssl", "usr", "proc", "sys", "dev", "run", "var", "var/run",
                           "var/log", "home", "opt", "srv", "mnt", "media"}) {
    if (mkdir((root / name).c_str(), 0755) != 0 && errno != EEXIST) return cannot_make(root / name);
    chmod((root / name).c_str(), 0755);
  }
  for (const auto& [name, mode] :
       std::map<const char*, mode_t>{{"tmp", 01777}, {"var/tmp", 01777}, {"root", 0700}}) {
    if (mkdir((root / name).c_str(), mode) != 0 && errno != EEXIST) return cannot_make(root / name);
    chmod((root / name).c_str(), mode);
  }
  return {};
}

/// Debian's merged /usr: /bin, /lib and the like are links; only those that this machine has.
Result<void> make_links(const path& root) {
  for (const std::string name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    if (!host::fs::exists("/usr/" + name)) continue;
    if (symlink(("usr/" + name).c_str(), (root / name).c_str()) != 0 && errno != EEXIST)
      return cannot_make(root / name);
  }
  return {};
}

std::string users_file(const Identity& identity) {
  std::string users = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";
  if (identity.user != 0 && identity.user != 65534) {
    users += fmt::format("user:x:{}:{}:user:/tmp:/bin/sh\n", identity.user, identity.group);
  }
  return users;
}

std::string groups_file(const Identity& identity) {
  std::string groups = "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n";
  if (identity.group != 0 && identity.group != 65534) groups += fmt::format("group:x:{}:\n", identity.group);
  return groups;
}

Result<void> write_etc(const BundleInput& input, const path& etc) {
  const std::map<std::string, std::string> files = {
      {"passwd", users_file(input.identity)},
      {"group", groups_file(input.identity)},
      {"hosts", hosts_file(input.pod, input.place.pod_ip)},
      {"resolv.conf", resolver_file(input.pod, input.dns)},
      {"hostname",
       string_at(input.pod, {"spec", "hostname"}, string_at(input.pod, {"metadata", "name"})) + "\n"},
      {"nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"}};
  for (const auto& [name, content] : files) {
    if (auto written = host::write_file(etc / name, content, 0644); !written) return written;
    chmod((etc / name).c_str(), 0644);
  }
  return {};
}

}  // namespace

std::string hosts_file(const json& pod, const std::string& pod_ip) {
  const std::string name = string_at(pod, {"spec", "hostname"}, string_at(pod, {"metadata", "name"}));
  std::string hosts =
      "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
  const std::string subdomain = string_at(pod, {"spec", "subdomain"});
  const std::string full = subdomain.empty() ? ""
                                             : fmt::format("{}.{}.{}.svc.cluster.local\t", name, subdomain,
                                                           string_at(pod, {"metadata", "namespace"}));
  hosts += fmt::format("{}\t{}{}\n", pod_ip, full, name);
  for (const json& alias : array_at(pod, {"spec", "hostAliases"})) {
    std::vector<std::string> names;
    for (const json& known : array_at(alias, {"hostnames"})) names.push_back(known.get<std::string>());
    hosts += fmt::format("{}\t{}\n", string_at(alias, {"ip"}), join(names, "\t"));
  }
  return hosts;
}

std::string resolver_file(const json& pod, const std::string& dns) {
  const json& own = object_at(pod, {"spec", "dnsConfig"});
  std::vector<std::string> servers, searches, options;
  const std::string policy = string_at(pod, {"spec", "dnsPolicy"}, "ClusterFirst");
  if (policy != "None") {
    const std::string ns = string_at(pod, {"metadata", "namespace"});
    servers = {dns};
    searches = {ns + ".svc.cluster.local", "svc.cluster.local", "cluster.local"};
    options = {"ndots:5"};
  }
  for (const json& server : array_at(own, {"nameservers"})) servers.push_back(server.get<std::string>());
  for (const json& search : array_at(own, {"searches"})) searches.push_back(search.get<std::string>());
  for (const json& option : array_at(own, {"options"})) {
    const std::string name = string_at(option, {"name"}), value = string_at(option, {"value"});
    std::erase_if(options, [&](const std::string& other) { return split(other, ':').front() == name; });
    options.push_back(value.empty() ? name : name + ":" + value);
  }
  std::string text;
  for (const std::string& server : servers) text += "nameserver " + server + "\n";
  if (!searches.empty()) text += "search " + join(searches, " ") + "\n";
  if (!options.empty()) text += "options " + join(options, " ") + "\n";
  return text;
}

Result<json> write_bundle(const BundleInput& input) {
  auto config = oci_config(input);
  if (!config) return config.error();
  // Written first: it makes the bundle's folder.
  const path folder = input.folder, root = folder / "rootfs";
  if (auto written = host::write_file(folder / "config.json", config->dump()); !written)
    return written.error();
  if (auto made = make_folders(root); !made) return made.error();
  if (auto made = make_links(root); !made) return made.error();
  if (auto written = write_etc(input, root / "etc"); !written) return written.error();
  return config;
}

}  // namespace zdt::rehearsal
