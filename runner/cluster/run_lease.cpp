#include "cluster/run_lease.h"

#include <pwd.h>
#include <unistd.h>

#include <ctime>

namespace zdt::cluster {
namespace {

constexpr milliseconds kReleaseLimit{3'000};

std::string user_name(const host::Host& host) {
  for (const char* variable : {"SUDO_USER", "USER", "LOGNAME"}) {
    if (!host.env(variable).empty()) return host.env(variable);
  }
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(geteuid());
}

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "this machine";
}

std::string time_of_day(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}", local.tm_hour, local.tm_min);
}

std::string acts_here(const kube::LeaseHolder& holder) {
  return fmt::format("{} acts on this cluster since {}", holder.words(), time_of_day(holder.started));
}

Error occupied(const kube::LeaseHolder& holder) {
  return {Code::kEnvironment, acts_here(holder), "--wait waits for its end, --steal takes the cluster over"};
}

Error taken_by(const kube::LeaseHolder& holder) {
  return {Code::kEnvironment, fmt::format("{} has taken this cluster over: this run ends here", holder.words()),
          "zdt-demo resume --wait goes on when that one has ended"};
}

}  // namespace

kube::LeaseHolder this_run(const host::Host& host, std::string run, std::string script) {
  kube::LeaseHolder holder;
  holder.run = std::move(run);
  holder.script = std::move(script);
  holder.user = user_name(host);
  holder.host = host_name();
  holder.process = host::identity_of(getpid());
  holder.started = host.now();
  return holder;
}

RunLease::RunLease(kube::LeaseHolder us, LeasePolicy policy, std::function<WallTime()> now,
                   std::function<void(const std::string&)> say, RunLeaseTimes times)
    : policy_(policy), say_(std::move(say)), times_(times), lease_(std::move(us), std::move(now), times.lease) {}

Task<Result<void>> RunLease::enter(Target& target) {
  target_ = &target;
  target.on_up([this] { return entered(); });
  auto taken = co_await take();
  if (taken && !keeping_.running()) keeping_ = Background(co_await asio::this_coro::executor, keep());
  co_return taken;
}

void RunLease::leave() {
  if (target_ != nullptr) target_->on_up({});
  target_ = nullptr;
}

/// After up(): it may be another cluster, or have another address. A run that is refused now has its steps behind it that made the
/// cluster: it ends as one that has lost it.
Task<Result<void>> RunLease::entered() {
  reconnect_ = true;
  auto taken = co_await take();
  if (!taken) lose(taken.error());
  co_return taken;
}

/// One at a time: up() may end while the lease is looked at.
Task<Result<void>> RunLease::take() {
  if (!idle_) idle_.emplace(co_await asio::this_coro::executor);
  while (busy_) co_await idle_->wait();
  struct Busy {
    explicit Busy(RunLease& of) : lease(of) { lease.busy_ = true; }
    ~Busy() {
      lease.busy_ = false;
      lease.idle_->notify_all();
    }
    RunLease& lease;
  } busy(*this);
  auto taken = co_await take_when_alone();
  co_return taken;
}

Task<Result<void>> RunLease::take_when_alone() {
  Waiting waiting;
  while (!lost_) {
    const kube::LeaseAnswer answer = co_await ask();
    auto done = decide(answer, waiting);
    if (!done) co_return done.error();
    if (*done) co_return Result<void>();
    co_await sleep_for(times_.look);
  }
  co_return *lost_;
}

Task<kube::LeaseAnswer> RunLease::ask() {
  kube::LeaseAnswer answer;
  if (std::exchange(reconnect_, false)) client_.reset();
  if (!client_ && target_ != nullptr) {
    auto link = target_->connection();
    if (link) client_ = std::make_unique<kube::Client>(co_await asio::this_coro::executor, *link);
  }
  if (!client_) co_return answer;
  answer = co_await lease_.hold(*client_, false);
  if (answer.state == kube::LeaseAnswer::kOthers && policy_.steal && !was_ours_) {
    const std::string before = answer.holder.words();
    answer = co_await lease_.hold(*client_, true);
    if (answer.state == kube::LeaseAnswer::kOurs) say_(fmt::format("taken over from {}", before));
  }
  if (answer.state == kube::LeaseAnswer::kNoAnswer) client_.reset();
  co_return answer;
}

/// True: there is nothing to wait for. Fails: another run acts on the cluster.
Result<bool> RunLease::decide(const kube::LeaseAnswer& answer, Waiting& waiting) {
  switch (answer.state) {
    case kube::LeaseAnswer::kOthers:
      if (was_ours_) lose(taken_by(answer.holder));
      if (lost_) return *lost_;
      return decide_about_waiting(answer, waiting);
    case kube::LeaseAnswer::kRefused:
      if (!std::exchange(refused_, true)) say_(fmt::format("no other run will be told of this one, as the cluster keeps no lease ({})", answer.why));
      return true;
    case kube::LeaseAnswer::kOurs:
      was_ours_ = true;
      return true;
    case kube::LeaseAnswer::kNoAnswer:
      break;
  }
  return true;  // as soon as the cluster answers
}

/// Who is only refused, is so at once, unless the lease looks as if its run had been killed: then it is watched until it expires.
Result<bool> RunLease::decide_about_waiting(const kube::LeaseAnswer& answer, Waiting& waiting) {
  if (waiting.first_change.empty()) waiting.first_change = answer.change;
  const bool changed = waiting.first_change != answer.change;
  if (!policy_.wait && (!answer.looks_expired || changed)) return occupied(answer.holder);
  if (!std::exchange(waiting.told, true)) {
    say_(policy_.wait ? fmt::format("waiting: {}", acts_here(answer.holder))
                      : fmt::format("watching for {} whether {} is alive", format_duration(times_.lease.duration), answer.holder.words()));
  }
  const bool limited = policy_.wait && policy_.wait->count() > 0;
  if (limited && std::chrono::steady_clock::now() - waiting.begun >= *policy_.wait) {
    Error error = occupied(answer.holder);
    error.what += fmt::format(", still after {}", format_duration(*policy_.wait));
    return error;
  }
  return false;
}

Task<void> RunLease::keep() {
  while (!lost_ && !refused_) {
    co_await sleep_for(times_.look);
    auto taken = co_await take();
    if (!taken) lose(taken.error());
  }
}

void RunLease::lose(Error error) {
  if (lost_) return;
  lost_ = std::move(error);
  if (on_lost_) on_lost_(*lost_);
}

namespace {

Task<Result<void>> without_result(Task<void> work) {
  co_await std::move(work);
  co_return Result<void>();
}

}  // namespace

Task<void> RunLease::release() {
  keeping_.stop();
  co_await keeping_.join();
  if (!lease_.is_ours() || !client_) co_return;
  Error slow{Code::kTimeout, "", ""};  // it expires by itself
  auto released = co_await with_deadline(without_result(lease_.release(*client_)), kReleaseLimit, slow);
  static_cast<void>(released);
}

}  // namespace zdt::cluster
