#include "rehearsal/node/crun.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstring>
#include <fstream>

#include "base/text.h"
#include "host/files.h"

namespace zdt::rehearsal {
namespace {

constexpr idtype_t kByPidFd = static_cast<idtype_t>(3);  // P_PIDFD, which only the kernel's headers name

pid_t read_pid(const std::string& file) {
  pid_t pid = 0;
  std::ifstream(file) >> pid;
  return pid;
}

Error crun_failed(const std::string& verb, const std::string& id, const host::Exit& exit,
                  const std::string& log) {
  std::string said = trim(exit.err.empty() ? log : exit.err);
  said = said.substr(said.rfind('\n') == std::string::npos ? 0 : said.rfind('\n') + 1);
  return {
      Code::kFailed,
      fmt::format("crun {} {}: {}", verb, id, said.empty() ? "exited " + std::to_string(exit.code) : said),
      ""};
}

}  // namespace

Result<ContainerProcess> ContainerProcess::adopt(asio::any_io_executor executor, pid_t pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0)
    return Error{Code::kEnvironment, fmt::format("cannot follow process {}: {}", pid, std::strerror(errno)),
                 ""};
  return ContainerProcess(asio::posix::stream_descriptor(executor, fd), pid);
}

ContainerProcess::~ContainerProcess() {
  if (!handle_.is_open()) return;
  signal(SIGKILL);
  siginfo_t ignored;
  waitid(kByPidFd, static_cast<id_t>(handle_.native_handle()), &ignored, WEXITED);
}

void ContainerProcess::signal(int number) {
  if (handle_.is_open()) syscall(SYS_pidfd_send_signal, handle_.native_handle(), number, nullptr, 0);
}

Task<ProcessEnd> ContainerProcess::wait() {
  co_await handle_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  siginfo_t end{};
  waitid(kByPidFd, static_cast<id_t>(handle_.native_handle()), &end, WEXITED);
  handle_.close();
  const bool exited = end.si_code == CLD_EXITED;
  co_return ProcessEnd{exited ? end.si_status : 128 + end.si_status, exited ? 0 : end.si_status};
}

Crun::Crun(std::string root, std::string scratch) : root_(std::move(root)), scratch_(std::move(scratch)) {
  host::fs::create_directories(root_);
  host::fs::create_directories(scratch_);
}

std::vector<std::string> Crun::command(const std::string& verb) const {
  return {"crun", "--root", root_, "--cgroup-manager=disabled", verb};
}

Task<Result<pid_t>> Crun::create(std::string id, std::string bundle, int stdout_fd, int stderr_fd) {
  const std::string pid_file = fmt::format("{}/{}.pid", scratch_, id),
                    log_file = fmt::format("{}/{}.log", scratch_, id);
  host::Command create;
  create.argv = {"crun",  "--root",     root_,    "--cgroup-manager=disabled",
                 "--log", log_file,     "create", "--bundle",
                 bundle,  "--pid-file", pid_file, id};
  // A pipe: crun gives the standard streams to the container's user, and /dev/null is this machine's.
  create.input = "";
  create.out_fd = stdout_fd;
  create.err_fd = stderr_fd;
  auto exit = co_await host::run(std::move(create));
  const auto log = host::read_file(log_file);
  const pid_t pid = read_pid(pid_file);
  host::fs::remove(pid_file);
  host::fs::remove(log_file);
  if (!exit) co_return exit.error();
  if (!exit->ok() || pid <= 0) co_return crun_failed("create", id, *exit, log ? *log : "");
  co_return pid;
}

Task<Result<void>> Crun::start(std::string id) {
  host::Command start;
  start.argv = command("start");
  start.argv.push_back(id);
  auto exit = co_await host::run(std::move(start));
  if (!exit) co_return exit.error();
  if (!exit->ok()) co_return crun_failed("start", id, *exit, "");
  co_return Result<void>();
}

Task<void> Crun::remove(std::string id) {
  host::Command remove;
  remove.argv = command("delete");
  remove.argv.insert(remove.argv.end(), {"--force", id});
  auto ignored = co_await host::run(std::move(remove));
}

Result<Crun::Exec> Crun::exec(asio::any_io_executor executor, const std::string& id, json process,
                              const std::vector<std::string>& argv, bool with_input,
                              std::function<Task<void>(host::Stream, std::string)> take_output) {
  const std::string files = fmt::format("{}/exec-{}", scratch_, next_exec_++);
  process["args"] = argv;
  if (auto written = host::write_file(files + ".json", process.dump()); !written) return written.error();
  host::Command exec;
  exec.argv = command("exec");
  exec.argv.insert(exec.argv.end(), {"--pid-file", files + ".pid", "--process", files + ".json", id});
  exec.open_input = with_input;
  if (!with_input) exec.input = "";  // as in create(): never this machine's /dev/null
  exec.take_output = std::move(take_output);
  auto child = host::Child::start(executor, exec);
  if (!child) return child.error();
  return Exec(std::move(*child), files);
}

/// Killing `crun exec` alone would leave the command running in the container.
Crun::Exec::~Exec() {
  if (files_.empty()) return;
  const pid_t pid = child_.running() ? read_pid(files_ + ".pid") : 0;
  if (pid > 0) kill(pid, SIGKILL);
  std::error_code ignored;
  for (const char* kind : {".pid", ".json"}) host::fs::remove(files_ + kind, ignored);
}

Task<Result<host::Exit>> Crun::run_to_end(Exec& exec) {
  host::Exit exit = co_await exec.child().wait();
  co_return exit;
}

Task<Result<host::Exit>> Crun::run(std::string id, json process, std::vector<std::string> argv,
                                   milliseconds limit) {
  auto exec = Crun::exec(co_await asio::this_coro::executor, id, std::move(process), argv, false, {});
  if (!exec) co_return exec.error();
  Error late{Code::kTimeout, fmt::format("command \"{}\" timed out", join(argv, " ")), ""};
  auto exit = co_await with_deadline(run_to_end(*exec), limit, std::move(late));
  co_return exit;
}

}  // namespace zdt::rehearsal
