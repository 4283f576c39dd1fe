// H3, H7, H8, M7, M8, M10, M12, S1: what scripts, files, answers and a second process can do to the program
// itself.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/text.h"
#include "security/attacked.h"

namespace zdt::security {
namespace {

using std::chrono::seconds;
namespace fs = host::fs;

/// A folder of its own with a scripts/ and a state; no cluster is started.
class RunnerWall : public ::testing::Test {
 protected:
  static constexpr int64_t kMemory = 2'000'000;  ///< KiB of `ulimit -v`

  void SetUp() override {
    fs::create_directories(folder_.path() / "root/scripts");
    fs::create_symlink(ZDT_SOURCE "/manifests", folder_.path() / "root/manifests");
    fs::create_symlink(ZDT_SOURCE "/setup.lua", folder_.path() / "root/setup.lua");
  }
  fs::path file(const std::string& name, const std::string& content) {
    std::ofstream(folder_.path() / name) << content;
    return folder_.path() / name;
  }
  std::map<std::string, std::string> environment() const {
    return {{"ZDT_ROOT", folder_.path() / "root"},
            {"ZDT_BUILD", ZDT_BINARY_DIR},
            {"XDG_STATE_HOME", folder_.path() / "state"},
            {"HOME", folder_.path()},
            {"KUBECONFIG", "/dev/null"},
            {"NO_COLOR", "1"}};
  }
  Ended demo(std::vector<std::string> words, milliseconds limit = seconds(30)) const {
    words.insert(words.begin(), ZDT_BINARY);
    return run(std::move(words), environment(), limit, kMemory);
  }
  Ended shell(const std::string& line, milliseconds limit = seconds(30)) const {
    auto variables = environment();
    variables["D"] = ZDT_BINARY;
    return run({"bash", "-c", line}, variables, limit, kMemory);
  }
  /// The path of a script with one step, whose `run` is `body`, after the statements `top`.
  std::string script(const std::string& name, const std::string& body, const std::string& top = "",
                     const std::string& options = "") {
    return file("root/scripts/" + name + ".lua", top + "\nreturn zdt.script { name = \"" + name +
                                                     "\", zdt.step { \"One\", " + options +
                                                     " run = function() " + body + " end } }\n");
  }
  static void expect_told(const Ended& ended, int code) {
    EXPECT_EQ(ended.code, code) << ended.out.substr(0, 1500) << ended.err.substr(0, 1500);
    EXPECT_FALSE(ended.out.empty() && ended.err.empty());
  }
  static void expect_clean(const std::string& text) {
    for (const unsigned char c : text) {
      if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
        ADD_FAILURE() << "a control character " << int(c) << " in: "
                      << json(text.substr(0, 600)).dump(-1, ' ', true, json::error_handler_t::replace);
        return;
      }
    }
    for (const std::string& line : split(text, '\n')) {
      const std::string start = trim(line);
      EXPECT_FALSE(start.starts_with("::")) << line;
      // GitHub's older form and Azure's are looked for anywhere in a line.
      for (const char* command : {"##[", "##vso[", "##teamcity["})
        EXPECT_EQ(line.find(command), std::string::npos) << line;
    }
  }

  host::TempDir folder_{"zdt-runner-wall"};
};

const std::vector<std::string>& endless() {
  static const std::vector<std::string> kinds = {
      R"(string.find(("a"):rep(200), ("a-"):rep(40) .. "b"))",
      R"(xpcall(error, function() while true do end end))",
      R"(while true do pcall(function() while true do end end) end)",
      R"(local t = setmetatable({}, { __close = function() while true do end end }) do local c <close> = t end)",
      R"(table.sort({1, 2, 3, 4, 5}, function() while true do end end))",
      R"(("x"):gsub("x", function() while true do end end))",
      R"(coroutine.wrap(function() while true do end end)())",
      R"(error(setmetatable({}, { __tostring = function() while true do end end })))",
      R"(string.gsub(("a"):rep(5000), ("a*"):rep(30) .. "b", ""))",
      R"lua(string.match(("a"):rep(100), ("(a*)"):rep(20) .. "b"))lua",
      R"(for _ in string.gmatch(("a"):rep(200), ("a-"):rep(40) .. "b") do end)",
  };
  return kinds;
}

TEST_F(RunnerWall, LuaThatNeverEndsIsEndedInAStep) {
  for (size_t i = 0; i < endless().size(); ++i) {
    const Ended ended = demo(
        {"run", script("endless", endless()[i], "", "timeout = \"500ms\","), "--ci", "--on", "rehearsal"},
        seconds(20));
    EXPECT_TRUE(ended.code == 2 || ended.code == 4) << endless()[i] << ": exit " << ended.code << " "
                                                    << ended.out.substr(0, 800) << ended.err.substr(0, 800);
    EXPECT_LT(ended.took, seconds(12)) << endless()[i];
  }
}

// The guard is 5 s there; the scripts wait for it beside each other.
TEST_F(RunnerWall, LuaThatNeverEndsIsEndedAtTheTopLevel) {
  std::vector<std::thread> beside;
  for (size_t i : {0u, 1u, 2u}) {
    const std::string path = script("endless-" + std::to_string(i), "", endless()[i]);
    beside.emplace_back([this, i, path] {
      const Ended ended = demo({"run", path, "--ci", "--on", "rehearsal"}, seconds(25));
      EXPECT_EQ(ended.code, 2) << endless()[i] << ": " << ended.err.substr(0, 800);
      EXPECT_LT(ended.took, seconds(20)) << endless()[i];
    });
  }
  for (std::thread& one : beside) one.join();
}

TEST_F(RunnerWall, ASignalEndsLuaThatNeverEnds) {
  const std::string path = script("endless", endless()[0], "", "timeout = \"1m\",");
  for (const char* number : {"INT", "TERM"}) {
    const Ended ended =
        shell(std::string("$D run ") + path + " --ci --on rehearsal & pid=$!; sleep 1; kill -" + number +
                  " $pid; sleep 1; kill -" + number + " $pid; wait $pid; exit $?",
              seconds(20));
    EXPECT_TRUE(ended.code == 130 || ended.code == 2)
        << number << ": exit " << ended.code << " " << ended.err.substr(0, 800);
    EXPECT_LT(ended.took, seconds(10)) << number;
  }
}

TEST_F(RunnerWall, LuaThatTakesAllMemoryIsAnErrorOfTheScript) {
  for (const char* body :
       {R"(local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1e6) .. i end)", R"(local s = ("x"):rep(1e9))",
        R"(local s = ("x"):rep(1e8, ("y"):rep(1e8)))", R"(local t = {} t.t = t zdt.log(t))",
        R"(local t = {} for i = 1, 1e5 do t = { t } end zdt.observe("deep", t))",
        R"(return select("#", table.unpack({}, 1, 1e7)))", R"(local function f() return f() + 1 end f())",
        R"(load(("("):rep(1e6)))", R"(string.format("%99999d", 1))",
        R"(local s = "x" for i = 1, 64 do s = s .. s end)"}) {
    const Ended ended = demo({"run", script("hog", body), "--ci", "--on", "rehearsal"}, seconds(30));
    EXPECT_TRUE(ended.code >= 0 && ended.code <= 4)
        << body << ": exit " << ended.code << " " << ended.err.substr(0, 800);
  }
}

/// Answers every connection with the same bytes, once.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes)
      : bytes_(std::move(bytes)), fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    bind(fd_, reinterpret_cast<sockaddr*>(&any), size);
    listen(fd_, 16);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&any), &size);
    port_ = ntohs(any.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  void serve() {
    for (int client; (client = accept(fd_, nullptr, nullptr)) >= 0; close(client)) {
      char request[4096];
      if (recv(client, request, sizeof request, 0) <= 0) continue;
      for (size_t sent = 0; sent < bytes_.size();) {
        const ssize_t done = send(client, bytes_.data() + sent, bytes_.size() - sent, MSG_NOSIGNAL);
        if (done <= 0) break;
        sent += static_cast<size_t>(done);
      }
    }
  }
  std::string bytes_;
  int fd_;
  uint16_t port_ = 0;
  std::thread thread_;
};

std::string http_answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

TEST_F(RunnerWall, AnAnswerNestedWithoutEndIsAnErrorOfTheScript) {
  for (const auto& [open, close] : std::map<std::string, std::string>{{"[", "]"}, {"{\"a\":", "}"}}) {
    std::string nested;
    for (int i = 0; i < 50'000; ++i) nested += open;
    nested += "1";
    for (int i = 0; i < 50'000; ++i) nested += close;
    const OneAnswer server(http_answer(nested));
    const std::string get =
        "local r = zdt.http.get(\"" + server.url() +
        "\"); if r.json then zdt.log(tostring(type(r.json) == \"function\" and r:json() or r.json)) end";
    const Ended ended = demo({"run", script("nested", get), "--ci", "--on", "rehearsal"});
    EXPECT_TRUE(ended.code >= 0 && ended.code <= 3)
        << "exit " << ended.code << " " << ended.err.substr(0, 800);
  }
}

TEST_F(RunnerWall, AuditOfHostileFilesEndsAndSaysWhy) {
  std::string aliases = "a: &a [";
  for (int i = 0; i < 30'000; ++i) aliases += "\"" + std::string(30, 'x') + "\",";
  aliases += "1]\nb: [";
  for (int i = 0; i < 3'000; ++i) aliases += "*a,";
  std::string long_aliases = "a: &a \"" + std::string(1'000'000, 'x') + "\"\nb: [";
  for (int i = 0; i < 3'000; ++i) long_aliases += "*a,";
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'm'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [*" + char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) +
            ",*" + char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) + "]\n";
  const std::map<std::string, std::string> texts = {
      {"digits", "apiVersion: v1\nkind: Pod\nmetadata: {name: " + std::string(400'000, '1') + "}\n"},
      {"aliases", aliases + "1]\n"},
      {"long-aliases", long_aliases + "1]\n"},
      {"bomb", bomb},
      {"deep", std::string(100'000, '[')},
      {"deep-map",
       [] {
         std::string text;
         for (int i = 0; i < 3000; ++i) text += std::string(static_cast<size_t>(i), ' ') + "a:\n";
         return text;
       }()},
      {"tags", "a: !!binary \"" + std::string(100'000, '=') + "\"\nb: !!float .inf\nc: !!null x\n"},
      {"loop", "a: &a [*a]\n"},
      {"bytes", std::string("\xff\xfe\x00\x01 a: b\0\n", 12)}};
  for (const auto& [name, text] : texts) {
    const Ended ended = demo({"audit", file(name + ".yaml", text)});
    EXPECT_TRUE(ended.code >= 0 && ended.code <= 3)
        << name << ": exit " << ended.code << " " << ended.err.substr(0, 500);
    EXPECT_LT(ended.took, seconds(15)) << name;
    EXPECT_EQ(ended.err.find("bad_alloc"), std::string::npos) << name;
  }
}

TEST_F(RunnerWall, AKubeconfigOfStrangersIsOnlyWrong) {
  for (const std::string& text :
       {"apiVersion: v1\nkind: Config\ncurrent-context: " + std::string(400'000, '1') + "\n",
        std::string(100'000, '['), std::string("a: &a [*a]"),
        std::string("apiVersion: v1\nkind: Config\ncontexts: {a: [1]}\nusers: 5\nclusters:\n- name: [x]\n  "
                    "cluster: 7\n")}) {
    auto variables = environment();
    variables["KUBECONFIG"] = file("kubeconfig", text);
    const Ended ended = run({ZDT_BINARY, "watch", "x", "--on", "context:c"}, variables, seconds(20), kMemory);
    EXPECT_TRUE(ended.code == 2 || ended.code == 3 || ended.code == 1)
        << "exit " << ended.code << " " << ended.err.substr(0, 300);
  }
}

const char* const kHostile = "\\e[31mred\\a\\e]0;title\\x07\\r\\x9b31m\\u202e::add-mask::x";

TEST_F(RunnerWall, NamesOfStrangersControlNoTerminalAndNoCi) {
  const std::string object =
      std::string("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: \"a") + kHostile +
      "\\n::add-mask::secret\\n##[error]x\", namespace: \"b" + kHostile +
      "\"}\nspec: {replicas: 2, template: {spec: {containers: [{name: \"\\n::warning::" + kHostile +
      "\", image: \"i" + kHostile + "\"}]}}}\n";
  const std::string twice =
      std::string("\"k") + kHostile + "\\n::error::x\": 1\n\"k" + kHostile + "\\n::error::x\": 2\n";
  const auto hostile = file("hostile.yaml", object), doubled = file("doubled.yaml", twice);
  const auto broken = file("broken.yaml", "a: [\n\"\x1b[31m::add-mask::x\n");
  for (const auto& path : {hostile, doubled, broken}) {
    const Ended text = demo({"audit", path});
    expect_clean(text.out);
    expect_clean(text.err);
    const Ended document = demo({"audit", path, "-o", "json"});
    expect_clean(document.err);
    for (const unsigned char c : document.out) EXPECT_TRUE(c >= 0x20 || c == '\n');
  }
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"run", "no\x1b[31m\n::add-mask::such"},
        {"show", "no\x1b[31m\n::add-mask::such"},
        {"load", "http://\x1b[31m\n::add-mask::x/"},
        {"audit", "/no\x1b[31m\n::add-mask::x"},
        {"run", "x", "--set", "\x1b[31m\n::add-mask::x=1"},
        {"\x1b[31m\n::add-mask::x"},
        {"list", "--\x1b[31m\n::add-mask::x"},
        {"watch", "\x1b[31m\n::add-mask::x", "--on", "context:\x1b[31m\n::add-mask::x"}}) {
    const Ended ended = demo(words);
    expect_clean(ended.out);
    expect_clean(ended.err);
  }
  const std::string step =
      script("named", "zdt.log(\"\\27[31m\\n::add-mask::x\") error(\"\\27[31m\\n::error::x\\r\")");
  for (const char* output : {"text", "json", "quiet"}) {
    const Ended ended = demo({"run", step, "--ci", "--on", "rehearsal", "-o", output});
    expect_clean(ended.err);
    if (output != std::string("json")) expect_clean(ended.out);
  }
}

TEST_F(RunnerWall, OutputThatCannotBeWrittenIsAFailure) {
  const std::string ok = script("fine", "zdt.log(\"x\")");
  const auto manifest = file("fine.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n");
  const OneAnswer server(http_answer("{}"));
  for (const std::string& words :
       {std::string("list"), std::string("list --json"), "show " + ok, "show " + ok + " --json",
        "show " + ok + " --commands", "run " + ok + " --ci --on rehearsal",
        "run " + ok + " --ci --on rehearsal -o json", "run " + ok + " --ci --on rehearsal -o ndjson",
        "run " + ok + " --ci --on rehearsal -o quiet", "audit " + manifest.string() + " -o sarif",
        "audit " + manifest.string() + " -o json", "audit " + manifest.string(),
        "load " + server.url() + " -n 1 -o json", "load " + server.url() + " -n 1", std::string("--help"),
        std::string("--version"), std::string("setup --on rehearsal --json"), std::string("cluster status"),
        std::string("cluster status --json")}) {
    const Ended full = shell("$D " + words + " > /dev/full");
    EXPECT_EQ(full.code, 3) << words << ": " << full.err.substr(0, 300);
    EXPECT_FALSE(full.err.empty()) << words;
  }
}

TEST_F(RunnerWall, AReportGoesIntoWhatIsThereAndReplacesNoDevice) {
  const std::string ok = script("fine", "zdt.log(\"x\")");
  const fs::path device = folder_.path() / "device", link = folder_.path() / "link",
                 target = folder_.path() / "target", pipe = folder_.path() / "pipe";
  ASSERT_EQ(mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink(target, link);
  std::ofstream(target) << "old";
  for (const char* kind : {"junit", "json"}) {
    expect_told(
        demo({"run", ok, "--ci", "--on", "rehearsal", "--report", std::string(kind) + "=" + device.string()}),
        0);
    EXPECT_TRUE(fs::is_character_file(fs::symlink_status(device))) << "the device was replaced by a file";
    expect_told(
        demo({"run", ok, "--ci", "--on", "rehearsal", "--report", std::string(kind) + "=" + link.string()}),
        0);
    EXPECT_TRUE(fs::is_symlink(fs::symlink_status(link))) << "the link was replaced by a file";
    EXPECT_NE(host::read_file(target).value(), "old");
    const Ended piped =
        shell("cat " + pipe.string() + " & $D run " + ok + " --ci --on rehearsal -o quiet --report " + kind +
                  "=" + pipe.string() + "; wait",
              seconds(10));
    EXPECT_TRUE(fs::is_fifo(fs::symlink_status(pipe))) << "the pipe was replaced by a file";
    EXPECT_NE(piped.out.find(std::string(kind) == "junit" ? "<testsuite" : "\"results\""), std::string::npos)
        << piped.out << piped.err;
    const Ended standard =
        shell("$D run " + ok + " --ci --on rehearsal -o quiet --report " + kind + "=/dev/stdout | cat");
    EXPECT_NE(standard.out.find(std::string(kind) == "junit" ? "<testsuite" : "\"results\""),
              std::string::npos)
        << standard.out << standard.err;
  }
  EXPECT_TRUE(fs::is_symlink(fs::symlink_status("/dev/stdout")));
}

TEST_F(RunnerWall, TooManyOpenFilesIsToldAsThat) {
  const std::string ok = script("fine", "zdt.shell({\"true\"})");
  bool told = false;
  for (const int limit : {6, 8, 10, 12, 14, 16, 20}) {
    const Ended ended =
        shell("ulimit -n " + std::to_string(limit) + "; $D run " + ok + " --ci --on rehearsal");
    EXPECT_TRUE(ended.code >= 0 && ended.code <= 3)
        << limit << ": exit " << ended.code << ended.err.substr(0, 300);
    EXPECT_EQ((ended.out + ended.err).find("Bad file descriptor"), std::string::npos)
        << limit << ": " << ended.err.substr(0, 300);
    std::string lower = ended.out + ended.err;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    told = told || lower.find("too many open files") != std::string::npos;
  }
  EXPECT_TRUE(told);
}

/// The processes whose environment names `state`, which is what a server left behind would have.
std::vector<pid_t> processes_of(const std::string& state) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "environ");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.find(state) != std::string::npos && std::stoi(name) != getpid())
      found.push_back(std::stoi(name));
  }
  return found;
}

TEST_F(RunnerWall, ManyStartsAtTheSameTimeMakeOneCluster) {
  if (geteuid() != 0) GTEST_SKIP() << "the rehearsal cluster needs root";
  const std::string state = folder_.path() / "state";
  for (int round = 0; round < 6; ++round) {
    const Ended both = shell(
        "for i in 1 2 3; do $D cluster up & pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 9; "
        "done");
    EXPECT_EQ(both.code, 0) << both.err.substr(0, 500);
    EXPECT_EQ(demo({"cluster", "status"}).code, 0);
    EXPECT_EQ(demo({"cluster", "down"}).code, 0);
    EXPECT_TRUE(until([&] { return processes_of(state).empty(); }, seconds(3)))
        << "a server is left that nobody knows";
    for (const pid_t left : processes_of(state)) kill(left, SIGKILL);
    fs::remove_all(state);
  }
}

}  // namespace
}  // namespace zdt::security
