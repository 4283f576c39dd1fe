// zdt.bundle: what `run --bundle FILE` brought along.
#include "bundle/bundle.h"

#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace bundle_module {

/// nil without a bundle.
Outcome file(lua_State* state, World& world) {
  if (world.bundle) {
    lua_pushstring(state, world.bundle->file().c_str());
  } else {
    lua_pushnil(state);
  }
  return {1};
}

Outcome has(lua_State* state, World& world) {
  const std::string kind = string_argument(state, 1, "zdt.bundle.has: kind"),
                    name = string_argument(state, 2, "zdt.bundle.has: name");
  lua_pushboolean(state, world.bundle && bundle::find_entry(world.bundle->index(), kind, name) != nullptr);
  return {1};
}

/// Of everything of that kind that the bundle holds; none without a bundle.
Outcome names(lua_State* state, World& world) {
  const std::string kind = string_argument(state, 1, "zdt.bundle.names: kind");
  json found = json::array();
  if (world.bundle) {
    for (const bundle::Entry& entry : world.bundle->index().entries) {
      if (entry.kind == kind) found.push_back(entry.name);
    }
  }
  push_json(state, found);
  return {1};
}

/// Of an image, as its archive tells it; nil when it does not, or there is no such piece.
Outcome digest(lua_State* state, World& world) {
  const std::string kind = string_argument(state, 1, "zdt.bundle.digest: kind"),
                    name = string_argument(state, 2, "zdt.bundle.digest: name");
  const bundle::Entry* entry = world.bundle ? bundle::find_entry(world.bundle->index(), kind, name) : nullptr;
  if (entry != nullptr && !entry->digest.empty()) {
    lua_pushstring(state, entry->digest.c_str());
  } else {
    lua_pushnil(state);
  }
  return {1};
}

/// Without a bundle nothing is missing: the network has it.
Outcome missing(lua_State* state, World& world) {
  const std::string kind = string_argument(state, 1, "zdt.bundle.missing: kind");
  if (!lua_istable(state, 2)) fail_script("zdt.bundle.missing: want a list of names as its second argument");
  json names = json::array();
  for (const json& name : to_json(state, 2)) {
    if (!name.is_string()) fail_script("zdt.bundle.missing: a name is no text");
    const bool there =
        !world.bundle || bundle::find_entry(world.bundle->index(), kind, name.get<std::string>()) != nullptr;
    if (!there) names.push_back(name);
  }
  push_json(state, names);
  return {1};
}

Task<Result<Push>> path_task(std::shared_ptr<bundle::Bundle> bundle, std::string kind, std::string name) {
  auto extracted = co_await bundle->extract(std::move(kind), std::move(name));
  if (!extracted) co_return extracted.error();
  co_return Push([path = extracted->string()](lua_State* state) {
    return lua_pushlstring(state, path.data(), path.size()), 1;
  });
}

Outcome path(lua_State* state, World& world) {
  const std::string kind = string_argument(state, 1, "zdt.bundle.path: kind"),
                    name = string_argument(state, 2, "zdt.bundle.path: name");
  world.current_recorder();
  if (!world.bundle)
    throw LuaFailure{{Code::kUsage, "zdt.bundle.path: this run has no bundle", "--bundle FILE"}};
  return wait(state, world, path_task(world.bundle, kind, name));
}

}  // namespace bundle_module

void open_bundle(lua_State* state) {
  using namespace bundle_module;
  add_module(state, "bundle",
             {{"digest", &guarded<&digest>},
              {"file", &guarded<&file>},
              {"has", &guarded<&has>},
              {"missing", &guarded<&missing>},
              {"names", &guarded<&names>},
              {"path", &guarded<&path>}});
}

}  // namespace zdt::script
