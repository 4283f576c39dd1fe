#include "host/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>

#include "base/text.h"
#include "host/files.h"
#include "host/unique_fd.h"

namespace zdt::host {

using asio::posix::stream_descriptor;

namespace {

/// The children that a Child will reap. Children are started on more than one loop (the load's workers have theirs), so
/// starting one and owning it is one act, and so is asking for the owner and reaping.
class OwnedChildren {
 public:
  /// spawn  starts a process and gives its id into `pid`, or says why not (an errno).
  int add(pid_t& pid, const std::function<int()>& spawn) {
    const std::lock_guard lock(mutex_);
    const int failure = spawn();
    if (failure == 0) pids_.insert(pid);
    return failure;
  }
  void remove(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.erase(pid);
  }
  void reap_unless_owned(pid_t pid) {
    const std::lock_guard lock(mutex_);
    if (!pids_.contains(pid)) waitpid(pid, nullptr, WNOHANG);
  }

 private:
  std::mutex mutex_;
  std::set<pid_t> pids_;
};

OwnedChildren& owned_children() {
  static OwnedChildren children;
  return children;
}

}  // namespace

struct Child::State {
  explicit State(const asio::any_io_executor& executor)
      : pid_fd(executor), in(executor), out(executor), err(executor) {}
  pid_t pid = -1;
  bool reaped = false;
  Command command;
  stream_descriptor pid_fd, in, out, err;
};

namespace {

struct Pipe {
  UniqueFd read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw boost::system::system_error(errno, boost::system::system_category(), "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& additions) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!additions.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
  }
  for (const auto& [name, value] : additions) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// posix_spawn's file actions and attributes, destroyed with the scope.
struct SpawnSetup {
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

void direct_output(SpawnSetup& setup, const Command& command, const Pipe& out, const Pipe& err) {
  if (command.log_file.empty()) {
    posix_spawn_file_actions_adddup2(&setup.actions, command.out_fd < 0 ? out.write.get() : command.out_fd, 1);
    posix_spawn_file_actions_adddup2(&setup.actions, command.err_fd < 0 ? err.write.get() : command.err_fd, 2);
  } else {
    posix_spawn_file_actions_addopen(&setup.actions, 1, command.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&setup.actions, 1, 2);
  }
}

/// Why `command` cannot be started. ENOENT may also be about its folder or its log file.
Error cannot_start(const Command& command, int reason) {
  const std::string& program = command.argv.front();
  std::error_code ignored;
  if (!command.cwd.empty() && !fs::is_directory(command.cwd, ignored)) {
    return {Code::kEnvironment, fmt::format("cannot start {}: there is no folder {}", program, command.cwd), ""};
  }
  const fs::path log_folder = fs::path(command.log_file).parent_path();
  if (!log_folder.empty() && !fs::is_directory(log_folder, ignored)) {
    return {Code::kEnvironment, fmt::format("cannot start {}: cannot write {}", program, command.log_file), ""};
  }
  if (reason == ENOENT) return {Code::kEnvironment, fmt::format("{} is not installed (or not on PATH)", program), ""};
  return {Code::kEnvironment, fmt::format("cannot start {}: {}", program, std::strerror(reason)), ""};
}

/// Writing to a child that has closed its stdin is an EPIPE for us to handle, not our end.
void ignore_broken_pipes() {
  static const auto before = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(before);
}

Task<void> collect(stream_descriptor& from, Stream stream, const Command& command, std::string& kept) {
  std::array<char, 16384> buffer;
  while (from.is_open()) {
    boost::system::error_code failure;
    const size_t size =
        co_await from.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, failure));
    if (failure) break;
    const std::string_view chunk(buffer.data(), size);
    kept.append(chunk.substr(0, command.capture_limit - std::min(command.capture_limit, kept.size())));
    if (command.on_output) command.on_output(stream, chunk);
  }
}

Task<void> feed(stream_descriptor& to, const std::string& input) {
  boost::system::error_code broken_pipe_is_fine;
  co_await asio::async_write(to, asio::buffer(input), asio::redirect_error(asio::use_awaitable, broken_pipe_is_fine));
  to.close();
}

}  // namespace

Result<Child> Child::start(asio::any_io_executor executor, const Command& command) {
  try {
    return started(executor, command);
  } catch (const boost::system::system_error& failure) {  // no descriptors left
    return cannot_start(command, failure.code().value());
  }
}

Result<Child> Child::started(const asio::any_io_executor& executor, const Command& command) {
  ignore_broken_pipes();
  auto state = std::make_unique<State>(executor);
  state->command = command;
  Pipe in = make_pipe(), out = make_pipe(), err = make_pipe();
  SpawnSetup setup;
  const bool has_input = command.input || command.open_input;
  if (has_input) {
    posix_spawn_file_actions_adddup2(&setup.actions, in.read.get(), 0);
  } else {
    posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
  }
  direct_output(setup, command, out, err);
  if (!command.cwd.empty()) posix_spawn_file_actions_addchdir_np(&setup.actions, command.cwd.c_str());
  // What we inherited ourselves, or a library opened, is not the child's.
  posix_spawn_file_actions_addclosefrom_np(&setup.actions, 3);

  std::vector<std::string> arguments = command.argv, environment = merged_environment(command.env);
  const int failure = owned_children().add(state->pid, [&] {
    return posix_spawnp(&state->pid, command.argv.front().c_str(), &setup.actions, &setup.attributes,
                        pointers_to(arguments).data(), pointers_to(environment).data());
  });
  if (failure != 0) return cannot_start(command, failure);
  Child child(std::move(state));  // ends the process when what follows throws
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, child.pid(), 0));
  if (pid_fd < 0) throw boost::system::system_error(errno, boost::system::system_category(), "pidfd_open");
  child.state_->pid_fd.assign(pid_fd);
  if (has_input) child.state_->in.assign(in.write.release());
  if (command.log_file.empty()) {
    child.state_->out.assign(out.read.release());
    child.state_->err.assign(err.read.release());
  }
  return child;
}

Child::Child(std::unique_ptr<State> state) : state_(std::move(state)) {}
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Child::~Child() {
  if (!running()) return;
  kill(-state_->pid, SIGKILL);
  int ignored = 0;
  waitpid(state_->pid, &ignored, 0);
  owned_children().remove(state_->pid);
}

pid_t Child::pid() const { return state_->pid; }
bool Child::running() const { return state_ && state_->pid > 0 && !state_->reaped; }

void Child::signal(int number) {
  if (running()) kill(-state_->pid, number);
}

Task<Exit> Child::wait() {
  Exit exit;
  std::vector<Task<void>> work;
  work.push_back(collect(state_->out, Stream::kOut, state_->command, exit.out));
  work.push_back(collect(state_->err, Stream::kErr, state_->command, exit.err));
  if (state_->command.input) work.push_back(feed(state_->in, *state_->command.input));
  co_await all_of(std::move(work));
  co_await state_->pid_fd.async_wait(stream_descriptor::wait_read, asio::use_awaitable);
  int status = 0;
  waitpid(state_->pid, &status, 0);
  state_->reaped = true;
  owned_children().remove(state_->pid);
  exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  exit.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  co_return exit;
}

Task<void> Child::write_input(std::string data) {
  if (!state_->in.is_open()) co_return;
  boost::system::error_code failure;
  co_await asio::async_write(state_->in, asio::buffer(data), asio::redirect_error(asio::use_awaitable, failure));
  const bool closed_meanwhile = !state_->in.is_open();
  if (failure == asio::error::operation_aborted && !closed_meanwhile) throw boost::system::system_error(failure);
  if (failure) close_input();
}

void Child::close_input() {
  boost::system::error_code ignored;
  if (state_->in.is_open()) state_->in.close(ignored);
}

void reap_orphans(const std::function<bool(pid_t)>& claimed) {
  const std::string threads = "/proc/self/task";
  for (const auto& thread : std::filesystem::directory_iterator(threads)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t pid = 0; children >> pid;) {
      if (!claimed(pid)) owned_children().reap_unless_owned(pid);
    }
  }
}

namespace {

Task<Result<Exit>> start_and_wait(const Command& command) {
  auto child = Child::start(co_await asio::this_coro::executor, command);
  if (!child) co_return child.error();
  Exit exit = co_await child->wait();
  co_return exit;
}

}  // namespace

Task<Result<Exit>> run(Command command) {
  Error late{Code::kTimeout,
             fmt::format("{} did not end within {}s", command.argv.front(),
                         std::chrono::duration<double>(command.limit).count()),
             ""};
  auto result = co_await with_deadline(start_and_wait(command), command.limit, std::move(late));
  co_return result;
}

Task<Result<Exit>> run_checked(Command command) {
  const std::string name = command.argv.front();
  auto exit = co_await run(std::move(command));
  if (exit && !exit->ok()) {
    const std::string& said = exit->err.empty() ? exit->out : exit->err;
    const std::string tail = trim(said.size() > 2000 ? said.substr(said.size() - 2000) : said);
    co_return Error{Code::kFailed, fmt::format("{} exited {}: {}", name, exit->code, tail), ""};
  }
  co_return exit;
}

std::string start_time_of(pid_t pid) {
  auto stat = read_file(fmt::format("/proc/{}/stat", pid));
  if (!stat || stat->rfind(')') == std::string::npos) return "";  // it may end while we read
  const auto fields = split(stat->substr(stat->rfind(')') + 2), ' ');
  if (fields.size() <= 19 || fields[0] == "Z" || fields[0] == "X") return "";  // ended, and only waits to be reaped
  return fields[19];
}

std::string find_program(const std::string& program) {
  const auto can_run = [](const std::string& file) {
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0;
  };
  if (program.find('/') != std::string::npos) return can_run(program) ? program : "";
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "" : path, ':')) {
    std::string candidate = folder + "/" + program;
    if (can_run(candidate)) return candidate;
  }
  return "";
}

}  // namespace zdt::host
