// Every function of the scripts' API, called with what nobody means to give it.
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "fuzz/targets/targets.h"
#include "unit/script/script_world.h"

namespace zdt::fuzz {
namespace {

/// "zdt.k8s.get", "Expectation:equals", as scripts/zdt.d.lua declares them, and the words of its options.
struct ScriptApi {
  std::vector<std::string> functions, methods, fields;
};

const ScriptApi& script_api() {
  static const ScriptApi found = [] {
    ScriptApi read;
    std::ifstream file(ZDT_SOURCE "/scripts/zdt.d.lua");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string kind, name;
      words >> kind >> name;
      if (kind == "function") {
        name = name.substr(0, name.find('('));
        (name.find(':') == std::string::npos ? read.functions : read.methods).push_back(name);
      }
      if (kind == "---@field") read.fields.push_back(name.substr(0, name.find('?')));
    }
    if (read.functions.empty()) throw Fault("scripts/zdt.d.lua declares no function");
    for (const char* more :
         {"timeout", "namespace", "ns",      "rate",      "connections", "duration", "within",
          "every",   "url",       "headers", "body",      "method",      "stages",   "thresholds",
          "env",     "cwd",       "input",   "container", "labels",      "selector", "reverse",
          "columns", "rows",      "limit",   "kind",      "name",        "condition"}) {
      read.fields.push_back(more);
    }
    return read;
  }();
  return found;
}

std::string value_of(Random& random, int depth = 0) {
  static const std::vector<std::string> values = {
      "nil",
      "true",
      "false",
      "0",
      "-1",
      "1",
      "3",
      "1/0",
      "-1/0",
      "0/0",
      "2^53",
      "2^63",
      "math.maxinteger",
      "math.mininteger",
      "1e308",
      "1.5",
      "\"\"",
      "\"a\"",
      "\"\\0\"",
      "\"\\xff\\xfe\"",
      "\"\\27[31m\"",
      "(\"x\"):rep(70000)",
      "\"../../etc/passwd\"",
      "\"/etc/passwd\"",
      "\"http://127.0.0.1:1/\"",
      "\"https://[::1\"",
      "\"http://\"",
      "\"1h\"",
      "\"-5s\"",
      "\"50ms\"",
      "\"1e999s\"",
      "\"25%\"",
      "\"default/web\"",
      "\"a/b/c\"",
      "\"Deployment\"",
      "\"k8s-web-pool\"",
      "\"{}\"",
      "\"p(99)<5\"",
      "{}",
      "{ 1, 2, 3 }",
      "{ a = 1 }",
      "{ [1] = \"a\", x = 2 }",
      "{ [1.5] = 1 }",
      "{ [true] = 1 }",
      "{ [-1] = 1, [2^53] = 2 }",
      "cyclic",
      "deep",
      "hostile",
      "huge_length",
      "shouting",
      "silent",
      "function() end",
      "function(...) return ... end",
      "function() error(\"x\") end",
      "function() error() end",
      "function() return setmetatable({}, { __tostring = error }) end",
      "print",
      "s",
      "s.target",
      "s.state",
      "s.params",
      "zdt",
      "zdt.k8s",
      "zdt.expect",
      "zdt.expect(\"a\", 1)",
      "zdt.step",
      "string",
      "_G",
      "{ sh = \"true\" }",
      "{ \"true\" }",
      "{ \"a\", {} }",
      "{ \"a\", \"\\0\" }"};
  if (depth < 3 && random.chance(20)) {
    std::string table = "{ ";
    for (size_t i = random.below(4); i > 0; --i) {
      const std::string key = random.chance(75) ? "[\"" + random.of(script_api().fields) + "\"] = " : "";
      table += key + value_of(random, depth + 1) + ", ";
    }
    return table + "}";
  }
  return random.of(values);
}

std::string arguments_of(Random& random) {
  std::vector<std::string> values;
  for (size_t i = random.below(5); i > 0; --i) values.push_back(value_of(random));
  if (random.chance(2)) return "table.unpack({}, 1, 200)";
  return join(values, ", ");
}

/// An object of the class that a method belongs to, or anything.
std::string object_for(Random& random, const std::string& method) {
  if (random.chance(15)) return "(" + value_of(random) + ")";
  if (method.starts_with("Expectation")) return "zdt.expect(\"e\", " + value_of(random) + ")";
  if (method.starts_with("Target")) return "s.target";
  if (method.starts_with("Load")) return "zdt.load.start { url = \"http://127.0.0.1:1/\", rate = 5 }";
  if (method.starts_with("Program")) return "zdt.start { \"true\" }";
  if (method.starts_with("Forward")) return "zdt.forward { service = \"a\", port = 80 }";
  return "(" + value_of(random) + ")";
}

std::string call_of(Random& random) {
  if (random.chance(60)) return random.of(script_api().functions) + "(" + arguments_of(random) + ")";
  const std::string method = random.of(script_api().methods);
  const std::string name = method.substr(method.find(':') + 1);
  const std::string with =
      random.chance(85) ? "o:" + name + "(" : "o." + name + "(" + (random.chance(50) ? "o, " : "nil, ");
  return "do local o = " + object_for(random, method) + " return " + with +
         (with.back() == '(' ? arguments_of(random) : value_of(random)) + ") end";
}

/// The values that the calls name.
const char* const kValues = R"(
local cyclic = {} cyclic.self = cyclic
local deep = {} for i = 1, 300 do deep = { deep } end
local hostile = setmetatable({}, { __index = function() error("index") end, __newindex = function() error("newindex") end, __call = function() error("call") end,
  __pairs = function() error("pairs") end, __eq = function() error("eq") end, __lt = function() error("lt") end, __concat = function() error("concat") end, __name = ("n"):rep(300) })
local huge_length = setmetatable({}, { __len = function() return 2^62 end })
local shouting = setmetatable({}, { __tostring = function() error("tostring") end })
local silent = setmetatable({}, { __tostring = function() return nil end, __metatable = false })
)";

class LuaWorld : public script::ScriptTest {
 public:
  LuaWorld() { limits.slice = milliseconds(500); }
  void TestBody() override {}
  stage::Outcome take(const std::string& body) {
    stage::Options options;
    options.default_limit = milliseconds(150);
    return run_script(step_of(body), std::move(options));
  }
};

class LuaTarget : public Target {
 public:
  std::string make(Random& random, const std::vector<std::string>& corpus) override {
    if (random.chance(5))
      return mutated_bytes(random, random.of(corpus), script_api().functions, random.of(corpus), 8192);
    std::string body;
    for (size_t i = 1 + random.below(4); i > 0; --i) {
      const std::string call = call_of(random);
      const bool statement = call.starts_with("do ");
      body += random.chance(85)
                  ? "pcall(function() " + std::string(statement ? "" : "return ") + call + " end)\n"
                  : call + "\n";
    }
    return body;
  }
  void run(const std::string& input) override {
    const stage::Outcome outcome = world_->take(kValues + input);
    if (outcome.error && outcome.error->what.empty()) throw Fault("an error without a sentence");
  }
  void check() override {
    if (++taken_ % 64 != 0) return;
    const stage::Outcome outcome = world_->take("zdt.expect('good', 1):equals(1)");
    if (outcome.error) throw Fault("a good script fails now: " + outcome.error->what);
  }
  void reset() override {
    world_.reset();
    world_ = std::make_unique<LuaWorld>();
  }

 private:
  std::unique_ptr<LuaWorld> world_ = std::make_unique<LuaWorld>();
  uint64_t taken_ = 0;
};

}  // namespace

TargetKind lua_kind() {
  TargetKind kind;
  kind.name = "lua";
  kind.make = [] { return std::make_unique<LuaTarget>(); };
  kind.inputs_per_reset = 250;
  kind.input_limit = 16 << 10;
  kind.seeds = [] {
    return std::vector<std::string>{
        "string.find((\"a\"):rep(200), (\"a-\"):rep(40) .. \"b\")",
        "xpcall(error, function() while true do end end)",
        "zdt.observe('x', cyclic)",
        "zdt.observe('x', deep)",
        "zdt.log(shouting)",
        "error(shouting)",
        "error(silent)",
        "local s <close> = setmetatable({}, { __close = function() error('c') end })",
        "zdt.expect('a', 1):equals(hostile)",
        "for i = 1, 300 do zdt.log(('x'):rep(1000)) end"};
  };
  return kind;
}

}  // namespace zdt::fuzz
