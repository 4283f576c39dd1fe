// The bundle's root file system: links into /usr, and an /etc that knows nothing of this machine's.
#include <map>

#include "base/text.h"
#include "host/files.h"
#include "rehearsal/node/bundle.h"

namespace zdt::rehearsal {
namespace {

/// Everything in it belongs to the container's root.
struct Tree {
  HeldFolder root;
  Owner owner;
};

Result<void> make_folders(const Tree& tree) {
  for (const char* name : {"etc", "etc/ssl", "usr", "proc", "sys", "dev", "run", "var", "var/run", "var/log", "home",
                           "opt", "srv", "mnt", "media"}) {
    if (auto made = tree.root.make(name, 0755, tree.owner); !made) return made.error();
  }
  for (const auto& [name, mode] : std::map<const char*, mode_t>{{"tmp", 01777}, {"var/tmp", 01777}, {"root", 0700}}) {
    if (auto made = tree.root.make(name, mode, tree.owner); !made) return made.error();
  }
  return {};
}

/// Debian's merged /usr: /bin, /lib and the like are links; only those that this machine has.
Result<void> make_links(const Tree& tree) {
  for (const std::string name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    if (!host::fs::exists("/usr/" + name)) continue;
    if (auto linked = tree.root.put_link(name, "usr/" + name); !linked) return linked;
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

Result<void> write_etc(const BundleInput& input, const Tree& tree) {
  const std::map<std::string, std::string> files = {
      {"passwd", users_file(input.identity)},
      {"group", groups_file(input.identity)},
      {"hosts", hosts_file(input.pod, input.place.pod_ip)},
      {"resolv.conf", resolver_file(input.pod, input.dns)},
      {"hostname", host_name(input.pod) + "\n"},
      {"nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"}};
  for (const auto& [name, content] : files) {
    if (auto written = tree.root.write("etc/" + name, content, 0644, tree.owner); !written) return written;
  }
  return {};
}

}  // namespace

std::string host_name(const json& pod) {
  std::string name = string_at(pod, {"spec", "hostname"}, string_at(pod, {"metadata", "name"})).substr(0, 63);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name;
}

std::string hosts_file(const json& pod, const std::string& pod_ip) {
  const std::string name = host_name(pod);
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
  const json config = oci_config(input);
  auto folder = HeldFolder::make_own(input.folder);
  if (!folder) return folder.error();
  if (auto written = folder->write("config.json", config.dump(), 0600, {}); !written) return written.error();
  const Owner owner = input.range.owner(0, 0);
  auto root = folder->make("rootfs", 0755, owner);
  if (!root) return root.error();
  const Tree tree{std::move(*root), owner};
  if (auto made = make_folders(tree); !made) return made.error();
  if (auto made = make_links(tree); !made) return made.error();
  if (auto written = write_etc(input, tree); !written) return written.error();
  return config;
}

}  // namespace zdt::rehearsal
