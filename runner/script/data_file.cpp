#include "script/data_file.h"

#include "script/sandbox.h"

namespace zdt::script {

Task<Result<json>> read_data_file(World& world, host::fs::path file) {
  lua_State* state = world.state();
  auto loaded = load_file(state, file, file.parent_path());
  if (!loaded) co_return loaded.error();
  Fiber fiber(world, state, 0);
  auto ran = co_await fiber.run();
  if (!ran) co_return ran.error();
  lua_settop(fiber.state(), 1);
  try {
    json data = to_json(fiber.state(), 1);
    if (!data.is_object())
      co_return Error{Code::kScript, file.filename().string() + " does not return a table of names", ""};
    co_return data;
  } catch (const LuaFailure& failure) {
    co_return with_context(file.filename().string(), failure.error);
  }
}

}  // namespace zdt::script
