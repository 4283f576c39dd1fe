#include "e2e/fixture.h"

#include <signal.h>
#include <unistd.h>

#include "base/text.h"

namespace zdt::e2e {

void Demo::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "the rehearsal cluster needs root";
}

void Demo::TearDown() {
  if (geteuid() != 0) return;
  const host::Exit down = demo({"cluster", "down"});
  EXPECT_EQ(down.code, 0) << down.err;
}

host::Command Demo::command(std::vector<std::string> argv) const {
  const char* tools = std::getenv("ZDT_TOOLS");
  host::Command command;
  command.argv = std::move(argv);
  command.env = {{"XDG_STATE_HOME", state_.path()},
                 {"ZDT_ROOT", root_},
                 {"ZDT_BUILD", ZDT_BINARY_DIR},
                 {"ZDT_TOOLS", tools == nullptr ? ZDT_BINARY_DIR "/tools" : tools},
                 {"KUBECONFIG", state_.path() / "zdt-demo/rehearsal/kubeconfig"}};
  command.limit = milliseconds(300'000);
  command.capture_limit = 16 << 20;
  return command;
}

host::Exit Demo::run(host::Command command) {
  asio::io_context loop;
  host::Exit exit;
  exit.code = -1;
  asio::co_spawn(loop, host::run(std::move(command)), [&exit](std::exception_ptr thrown, Result<host::Exit> result) {
    if (thrown) std::rethrow_exception(thrown);
    if (result) exit = std::move(*result);
    if (!result) exit.err = result.error().what;
  });
  loop.run();
  return exit;
}

host::Exit Demo::demo(std::vector<std::string> arguments, milliseconds limit) {
  arguments.insert(arguments.begin(), ZDT_BINARY);
  host::Command wanted = command(std::move(arguments));
  wanted.limit = limit;
  return run(std::move(wanted));
}

host::Exit Demo::program(std::vector<std::string> argv, std::string input) {
  host::Command wanted = command(std::move(argv));
  if (!input.empty()) wanted.input = std::move(input);
  return run(std::move(wanted));
}

host::Exit Demo::kubectl(std::vector<std::string> arguments, std::string input) {
  const host::Command probe = command({"kubectl"});
  const host::fs::path own = host::fs::path(probe.env.at("ZDT_TOOLS")) / "bin/kubectl";
  arguments.insert(arguments.begin(), host::fs::exists(own) ? own.string() : "kubectl");
  return program(std::move(arguments), std::move(input));
}

host::Exit Demo::watch(std::vector<std::string> arguments,
                       const std::function<void(const json&, host::Child&)>& on_event) {
  arguments.insert(arguments.begin(), ZDT_BINARY);
  arguments.insert(arguments.end(), {"-o", "ndjson"});
  asio::io_context loop;
  host::Exit exit;
  std::string partial;
  std::optional<host::Child> child;
  host::Command wanted = command(std::move(arguments));
  wanted.on_output = [&](host::Stream stream, std::string_view chunk) {
    if (stream != host::Stream::kOut) return;
    partial.append(chunk);
    for (size_t end; (end = partial.find('\n')) != std::string::npos; partial.erase(0, end + 1)) {
      on_event(json::parse(partial.substr(0, end)), *child);
    }
  };
  auto started = host::Child::start(loop.get_executor(), wanted);
  EXPECT_TRUE(started.has_value());
  child.emplace(std::move(*started));
  asio::co_spawn(loop, child->wait(), [&exit](std::exception_ptr thrown, host::Exit result) {
    if (thrown) std::rethrow_exception(thrown);
    exit = std::move(result);
  });
  loop.run_for(std::chrono::seconds(240));
  return exit;
}

bool Demo::kill_at(std::vector<std::string> arguments, const std::function<bool(const json&)>& when) {
  bool killed = false;
  watch(std::move(arguments), [&](const json& event, host::Child& child) {
    if (killed || !when(event)) return;
    child.signal(SIGKILL);
    killed = true;
  });
  return killed;
}

json Demo::document(const host::Exit& exit) {
  const json parsed = json::parse(exit.out, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << exit.out << exit.err;
  return parsed;
}

std::map<std::string, json> Demo::assertions(const json& document) {
  std::map<std::string, json> found;
  for (const json& run : array_at(document, {"results"})) {
    for (const json& step : array_at(run, {"steps"})) {
      for (const json& assertion : array_at(step, {"assertions"})) found[string_at(assertion, {"name"})] = assertion;
    }
  }
  return found;
}

std::vector<json> Demo::journal() const {
  host::fs::path newest;
  for (const auto& entry : host::fs::directory_iterator(state_.path() / "zdt-demo/runs")) newest = std::max(newest, entry.path());
  auto text = host::read_file(newest / "journal.jsonl");
  EXPECT_TRUE(text.has_value());
  std::vector<json> events;
  for (const std::string& line : split(*text, '\n')) {
    if (!line.empty()) events.push_back(json::parse(line));
  }
  return events;
}

json Demo::cluster_status() { return document(demo({"cluster", "status", "--json"})); }

}  // namespace zdt::e2e
