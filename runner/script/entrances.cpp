#include "script/entrances.h"

#include "script/world.h"

namespace zdt::script {
namespace {

/// scheme://host:port of a URL.
std::string origin_of(const std::string& url) {
  const size_t start = url.find("://");
  if (start == std::string::npos) return url;
  return url.substr(0, url.find('/', start + 3));
}

}  // namespace

void remember_entrance(World& world, const std::string& url, const std::string& network) {
  if (!network.empty()) world.entrances[origin_of(url)] = network;
}

std::string network_path_for(World& world, const std::string& url) {
  auto found = world.entrances.find(origin_of(url));
  return found == world.entrances.end() ? "" : found->second;
}

std::shared_ptr<host::NetworkNamespace> network_for(World& world, const std::string& url) {
  const std::string path = network_path_for(world, url);
  if (path.empty()) return nullptr;
  auto& joined = world.networks[path];
  if (!joined) {
    auto network = host::NetworkNamespace::join(path);
    if (!network) throw LuaFailure{network.error()};
    joined = *network;
  }
  return joined;
}

}  // namespace zdt::script
