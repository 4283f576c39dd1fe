// Which URLs lead into a cluster's own network: those that s.target:url() has given out.
#pragma once
#include <memory>
#include <string>

#include "host/netns.h"

namespace zdt::script {

class World;

void remember_entrance(World& world, const std::string& url, const std::string& network);
/// The path of the network namespace from which `url` can be reached; "" for this one.
std::string network_path_for(World& world, const std::string& url);
/// The namespace joined (once per path); null for this one. Throws LuaFailure.
std::shared_ptr<host::NetworkNamespace> network_for(World& world, const std::string& url);

}  // namespace zdt::script
