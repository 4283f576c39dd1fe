// scripts/zdt.d.lua, from which editors and docs/scripting.md know the API, against what the program
// registers.
#include <regex>

#include "script/bindings/bindings.h"
#include "script/sandbox.h"
#include "unit/script/script_world.h"

namespace zdt::script {
namespace {

const host::fs::path kScripts = host::fs::path(__FILE__).parent_path() / "../../../scripts";

std::vector<std::string> documented_names() {
  const std::string text = host::read_file(kScripts / "zdt.d.lua").value();
  const std::regex entry(R"(\nfunction ([A-Za-z0-9_.:]+)\()");
  std::vector<std::string> names;
  for (std::sregex_iterator found(text.begin(), text.end(), entry), end; found != end; ++found) {
    names.push_back((*found)[1]);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

class ApiNames : public ScriptTest {
 protected:
  World world{host, &target};
};

TEST_F(ApiNames, EveryRegisteredFunctionHasAnEntryInTheStubsAndTheReverse) {
  EXPECT_EQ(api_names(world.state()), documented_names());
}

TEST_F(ApiNames, TheStubsNameNoFunctionTwice) {
  auto names = documented_names();
  EXPECT_GT(names.size(), 40u);
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST_F(ApiNames, TheStubsAreLua) {
  auto loaded = load_file(world.state(), kScripts / "zdt.d.lua", kScripts);
  EXPECT_TRUE(loaded) << loaded.error().what;
}

TEST_F(ApiNames, NoMethodOfAHandleIsHiddenFromScriptsButTheirMetatables) {
  EXPECT_EQ(failure_of("zdt.observe('m', getmetatable(s.target))"), "");
  EXPECT_EQ(observed("m"), json(false));
}

}  // namespace zdt::script
