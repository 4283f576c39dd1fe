#include "security/attacked.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/text.h"
#include "host/process.h"

namespace zdt::security {
namespace {

namespace fs = host::fs;
using Clock = std::chrono::steady_clock;

/// The project's tree with one more image in its catalogue: the climber.
void make_root(const fs::path& root) {
  for (const auto& entry : fs::directory_iterator(ZDT_SOURCE)) {
    if (entry.path().filename() != "manifests")
      fs::create_symlink(entry.path(), root / entry.path().filename());
  }
  fs::create_directory(root / "manifests");
  for (const auto& entry : fs::directory_iterator(ZDT_SOURCE "/manifests")) {
    if (entry.path().filename() != "rehearsal-images.yaml") {
      fs::create_symlink(entry.path(), root / "manifests" / entry.path().filename());
    }
  }
  const std::string images = host::read_file(ZDT_SOURCE "/manifests/rehearsal-images.yaml").value();
  std::ofstream(root / "manifests/rehearsal-images.yaml")
      << images << "\n  - name: climber\n    files:\n      /climber: " << ZDT_CLIMBER << "\n";
}

struct Attacked {
  host::TempDir state{"zdt-security"}, root{"zdt-security-root"};
  uint16_t port = 0;
  pid_t pid = 0;
  std::string token, folder, network;

  Attacked() {
    make_root(root.path());
    start();
  }
  ~Attacked() { run({ZDT_BINARY, "cluster", "down"}, environment()); }

  std::map<std::string, std::string> environment() const {
    const char* tools = std::getenv("ZDT_TOOLS");
    return {{"XDG_STATE_HOME", state.path()},
            {"ZDT_ROOT", root.path()},
            {"ZDT_BUILD", ZDT_BINARY_DIR},
            {"ZDT_TOOLS", tools == nullptr ? ZDT_BINARY_DIR "/tools" : tools},
            {"KUBECONFIG", state.path() / "zdt-demo/rehearsal/kubeconfig"}};
  }

  void start() {
    const Ended up = run({ZDT_BINARY, "cluster", "up"}, environment());
    if (up.code != 0) throw std::runtime_error("no cluster: " + up.err);
    const json status = json::parse(run({ZDT_BINARY, "cluster", "status", "--json"}, environment()).out);
    port = status["port"].get<uint16_t>();
    pid = status["pid"].get<pid_t>();
    folder = status["folder"].get<std::string>();
    network = status["network"].get<std::string>();
    const std::string config = host::read_file(folder + "/kubeconfig").value();
    const size_t at = config.find("token: ") + 7;
    token = config.substr(at, config.find('\n', at) - at);
  }

  bool alive() const {
    raw::Connection connection(port);
    return kill(pid, 0) == 0 && connection.ask({"GET", "/readyz"}, milliseconds(10'000)).status == 200;
  }
};

std::unique_ptr<Attacked> attacked;

/// What is left of a server that a test has ended, so that the next test has one.
void start_again() {
  run({ZDT_BINARY, "cluster", "down"}, attacked->environment());
  attacked->start();
}

Task<Result<host::Exit>> awaited(host::Command command) { co_return co_await host::run(std::move(command)); }

}  // namespace

Ended run(std::vector<std::string> argv, const std::map<std::string, std::string>& env, milliseconds limit,
          int64_t kilobytes) {
#ifdef __SANITIZE_ADDRESS__
  kilobytes = int64_t{1} << 50;  // its shadow of the memory alone takes 16 TiB of addresses
#endif
  host::Command command;
  command.argv = {"sh", "-c", "ulimit -v " + std::to_string(kilobytes) + "; exec \"$@\"", "sh"};
  command.argv.insert(command.argv.end(), argv.begin(), argv.end());
  command.env = env;
  command.limit = limit;
  Ended ended;
  const auto start = Clock::now();
  asio::io_context loop;
  asio::co_spawn(loop, awaited(std::move(command)),
                 [&ended](std::exception_ptr thrown, Result<host::Exit> result) {
                   if (thrown) std::rethrow_exception(thrown);
                   if (result)
                     ended = {result->code, std::move(result->out), std::move(result->err), milliseconds(0)};
                   if (!result) ended.err = result.error().what;
                 });
  loop.run();
  ended.took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
  return ended;
}

bool until(const std::function<bool()>& holds, milliseconds limit) {
  for (const auto end = Clock::now() + limit; !holds(); std::this_thread::sleep_for(milliseconds(20))) {
    if (Clock::now() > end) return false;
  }
  return true;
}

void Wall::TearDownTestSuite() { attacked.reset(); }

void Wall::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "the rehearsal cluster needs root";
  if (!attacked) attacked = std::make_unique<Attacked>();
}

void Wall::TearDown() {
  if (!attacked || attacked->alive()) return;
  ADD_FAILURE() << "the server has ended, or does not answer within 10 s. Its log ends with:\n"
                << server_log().substr(server_log().size() - std::min<size_t>(server_log().size(), 2000));
  start_again();
}

std::string Wall::bearer(const std::string& token) {
  return "Authorization: Bearer " + (token.empty() ? attacked->token : token);
}

Answer Wall::raw_api(raw::Request request, milliseconds limit) {
  request.headers.push_back(bearer());
  return raw::Connection(port()).ask(request, limit);
}

Answer Wall::as(const std::string& token, const std::string& method, const std::string& path,
                const json& body) {
  raw::Request request{method, path, body.is_null() ? "" : body.dump()};
  if (method == "PATCH")
    request.type = body.is_array() ? "application/json-patch+json" : "application/merge-patch+json";
  request.headers.push_back(bearer(token));
  return raw::Connection(port()).ask(request, milliseconds(10'000));
}

Answer Wall::api(const std::string& method, const std::string& path, const json& body) {
  return as(attacked->token, method, path, body);
}

json Wall::get(const std::string& path) { return json::parse(api("GET", path).body, nullptr, false); }

void Wall::create(const std::string& path, const json& object) {
  const Answer made = api("POST", path, object);
  EXPECT_EQ(made.status, 201) << path << ": " << made.body.substr(0, 2000);
}

void Wall::refused(const Answer& answer, int status, const std::vector<std::string>& words) {
  EXPECT_LT(answer.took, milliseconds(1000));
  if (answer.status != status) {
    ADD_FAILURE() << "wanted " << status << ", seen " << answer.status << ": " << answer.body.substr(0, 300);
    return;
  }
  const json said = json::parse(answer.body, nullptr, false);
  for (const std::string& word : words) {
    const bool there =
        said.dump().find(json(word).dump().substr(1, json(word).dump().size() - 2)) != std::string::npos;
    EXPECT_TRUE(there) << "wanted: " << word << "\nseen: " << string_at(said, {"message"});
  }
}

void Wall::refuse(const std::string& path, const json& object, int status,
                  const std::vector<std::string>& words) {
  const Answer answer = api("POST", path, object);
  refused(answer, status, words);
  if (answer.status != 201) return;
  const std::string name = string_at(json::parse(answer.body), {"metadata", "name"});
  api("DELETE", path + "/" + name + "?gracePeriodSeconds=0");
  until([&] { return api("GET", path + "/" + name).status == 404; }, milliseconds(3000));
}

json Wall::pod(const std::string& name, std::vector<std::string> command, const json& spec,
               const json& container) {
  json main = {{"name", "main"}, {"image", "climber"}, {"command", std::move(command)}};
  main.merge_patch(container);
  json whole = {{"restartPolicy", "Never"}, {"terminationGracePeriodSeconds", 1}, {"containers", {main}}};
  whole.merge_patch(spec);
  return {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", name}}}, {"spec", whole}};
}

std::string Wall::phase(const std::string& name) {
  return string_at(get(std::string(kPods) + "/" + name), {"status", "phase"});
}

std::string Wall::log(const std::string& name, const std::string& container) {
  return api("GET", std::string(kPods) + "/" + name + "/log?container=" + container).body;
}

std::string Wall::reasons(const std::string& name) {
  const json pod = get(std::string(kPods) + "/" + name);
  std::string words;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& status : array_at(pod, {"status", list}))
      words += status.value("state", json()).dump() + "\n";
  }
  const json events = get("/api/v1/namespaces/default/events");
  for (const json& event : array_at(events, {"items"})) {
    if (string_at(event, {"involvedObject", "name"}) == name)
      words += string_at(event, {"reason"}) + ": " + string_at(event, {"message"}) + "\n";
  }
  return words;
}

bool Wall::has_run(const std::string& name) {
  const json pod = get(std::string(kPods) + "/" + name);
  for (const json& status : array_at(pod, {"status", "containerStatuses"})) {
    if (object_at(status, {"state"}).contains("running") ||
        !string_at(status, {"state", "terminated", "startedAt"}).empty())
      return true;
  }
  return false;
}

void Wall::remove(const std::string& path) { api("DELETE", path); }

void Wall::remove_pod(const std::string& name) {
  const std::string path = std::string(kPods) + "/" + name;
  api("DELETE", path + "?gracePeriodSeconds=0");
  EXPECT_TRUE(until([&] { return api("GET", path).status == 404; }))
      << "the pod does not go: " << get(path).dump();
}

Wall::Victim::Victim() : flag_("flag-" + random_suffix(20)) {
  std::ofstream(folder_.path() / "flag") << flag_;
  fs::permissions(folder_.path(), fs::perms::all);
  fs::permissions(folder_.path() / "flag", fs::perms::all);
}

void Wall::Victim::expect_whole() const {
  auto content = host::read_file(folder_.path() / "flag");
  EXPECT_TRUE(content && *content == flag_) << "a file of the machine was changed or removed";
  size_t entries = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_.path(), none)) {
    ++entries;
    EXPECT_EQ(entry.path().filename(), "flag") << "something was written into a folder of the machine";
  }
  EXPECT_EQ(entries, 1u);
}

int64_t Wall::resident_kib() {
  std::ifstream status("/proc/" + std::to_string(server()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6));
  }
  return -1;
}

pid_t Wall::server() { return attacked->pid; }
uint16_t Wall::port() { return attacked->port; }
std::string Wall::state() { return attacked->folder; }
std::string Wall::network() { return attacked->network; }
std::map<std::string, std::string> Wall::environment() { return attacked->environment(); }

std::string Wall::server_log() {
  auto text = host::read_file(attacked->folder + "/server.log");
  return text ? *text : "";
}

void Wall::start_anew() { start_again(); }

milliseconds Wall::worst_answer_during(const std::function<void()>& attack) {
  std::atomic<bool> over = false;
  milliseconds worst{0};
  std::thread asking([&] {
    raw::Connection connection(port());
    while (!over) {
      const Answer answer = connection.ask({"GET", "/readyz"}, milliseconds(60'000));
      worst = std::max(worst, answer.took);
      if (answer.status != 200) connection = raw::Connection(port());
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  attack();
  over = true;
  asking.join();
  return worst;
}

}  // namespace zdt::security
