#include "host/process.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "host/files.h"
#include "host/real/spawn.h"

namespace zdt::host {

using asio::posix::stream_descriptor;

struct Child::State {
  explicit State(const asio::any_io_executor& executor)
      : pid_fd(executor), in(executor), out(executor), err(executor) {}
  pid_t pid = -1;
  bool reaped = false;
  Command command;
  stream_descriptor pid_fd, in, out, err;
};

namespace {

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
    if (!command.take_output) continue;
    std::string copy(chunk);
    co_await command.take_output(stream, std::move(copy));
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
  auto state = std::make_unique<State>(executor);
  state->command = command;
  auto spawned = spawn(command);
  if (!spawned) return spawned.error();
  state->pid = spawned->pid;
  Child child(std::move(state));  // ends the process when what follows throws
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, child.pid(), 0));
  if (pid_fd < 0) throw boost::system::system_error(errno, boost::system::system_category(), "pidfd_open");
  child.state_->pid_fd.assign(pid_fd);
  if (spawned->in) child.state_->in.assign(spawned->in.release());
  if (spawned->out) child.state_->out.assign(spawned->out.release());
  if (spawned->err) child.state_->err.assign(spawned->err.release());
  return child;
}

Child::Child(std::unique_ptr<State> state) : state_(std::move(state)) {}
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Child::~Child() {
  if (running()) kill_and_reap();
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
  disown(state_->pid);
  exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  exit.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  co_return exit;
}

namespace {

/// Reads what nobody wants any more, so that a process that cleans up does not stand still at a full pipe.
Task<void> drain(stream_descriptor& from) {
  std::array<char, 16384> buffer;
  boost::system::error_code failure;
  while (from.is_open() && !failure) {
    co_await from.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, failure));
  }
}

/// Returns at the end of the process, after `grace`, or when it is cancelled, whichever comes first.
Task<void> ended_or_over(stream_descriptor& pid_fd, milliseconds grace) {
  asio::steady_timer timer(co_await asio::this_coro::executor, grace);
  auto group = asio::experimental::make_parallel_group(pid_fd.async_wait(stream_descriptor::wait_read, asio::deferred),
                                                       timer.async_wait(asio::deferred));
  co_await group.async_wait(asio::experimental::wait_for_one(), asio::as_tuple(asio::use_awaitable));
}

}  // namespace

Task<void> Child::end(milliseconds grace) {
  if (!running()) co_return;
  signal(SIGTERM);
  const auto ending = [](State& state, milliseconds time) -> Task<void> {
    co_await ended_or_over(state.pid_fd, time);
    boost::system::error_code ignored;
    state.out.close(ignored);  // ends the drains
    state.err.close(ignored);
  };
  std::vector<Task<void>> work;
  work.push_back(drain(state_->out));
  work.push_back(drain(state_->err));
  work.push_back(ending(*state_, grace));
  co_await all_of(std::move(work));
  kill_and_reap();
}

void Child::kill_and_reap() {
  // Before the process is reaped its number is that of the group, and nobody else's.
  kill(-state_->pid, SIGKILL);
  int ignored = 0;
  waitpid(state_->pid, &ignored, 0);
  state_->reaped = true;
  disown(state_->pid);
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
      if (!claimed(pid)) reap_unless_owned(pid);
    }
  }
}

namespace {

Task<Result<Exit>> start_and_wait(const Command& command) {
  auto child = Child::start(co_await asio::this_coro::executor, command);
  if (!child) co_return child.error();
  std::exception_ptr cut_off;
  try {
    Exit exit = co_await child->wait();
    co_return exit;
  } catch (...) {  // a coroutine cannot wait in here
    cut_off = std::current_exception();
  }
  // The task stays cancelled; only what follows is not unwound by that.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await child->end(command.grace);
  co_await asio::this_coro::throw_if_cancelled(true);
  std::rethrow_exception(cut_off);
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
