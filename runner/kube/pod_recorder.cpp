#include "kube/pod_recorder.h"

#include <algorithm>
#include <set>

namespace zdt::kube {

/// Lives as long as one of its tasks runs; its owner ends them.
struct PodRecorder::State : std::enable_shared_from_this<PodRecorder::State> {
  State(asio::any_io_executor loop, Client& api, Followed wanted)
      : executor(loop), client(api), followed(std::move(wanted)), listed(loop) {}

  using Handler = void (State::*)(const std::string& type, const json& object);
  static Task<void> watch(std::shared_ptr<State> self, Query query, Handler handler, bool needed);
  static Task<void> follow_log(std::shared_ptr<State> self, std::string uid);

  Query pods() const {
    return {.kind = "pods", .ns = followed.ns, .name = "", .labels = followed.labels, .fields = ""};
  }
  Query slices() const {
    return {.kind = "endpointslices", .ns = followed.ns, .name = "", .labels = "", .fields = ""};
  }
  void begin();
  void on_pod(const std::string& type, const json& pod);
  void on_slice(const std::string& type, const json& slice);
  void on_event(const std::string& type, const json& event);
  void take_endpoint(const std::string& slice, const json& endpoint, std::set<std::string>& there);
  void settle_endpoints(WallTime now);

  asio::any_io_executor executor;
  Client& client;
  Followed followed;
  Condition listed;
  int missing_lists = 3;
  bool listing = true;  ///< until everything has been listed once
  std::optional<Error> failure;
  std::map<std::string, PodRecord> records;                    ///< by uid
  std::map<std::string, std::map<std::string, bool>> offered;  ///< slice uid -> pod uid -> ready
  std::map<std::string, Background> logs;  ///< by pod uid; a restarted container's replaces its last one
  std::vector<Background> watches, ended_logs;
  std::vector<std::string> gaps;
};

namespace {

WallTime now() { return std::chrono::system_clock::now(); }

}  // namespace

void PodRecorder::State::begin() {
  Query events{.kind = "events", .ns = followed.ns, .name = "", .labels = "", .fields = "reason=Killing"};
  watches.emplace_back(executor, watch(shared_from_this(), pods(), &State::on_pod, true));
  watches.emplace_back(executor, watch(shared_from_this(), slices(), &State::on_slice, true));
  watches.emplace_back(executor, watch(shared_from_this(), std::move(events), &State::on_event, false));
}

Task<void> PodRecorder::State::watch(std::shared_ptr<State> self, Query query, Handler handler, bool needed) {
  bool first = true;
  const std::string kind = query.kind;
  const auto on_event = [&self, handler](const std::string& type, const json& object) {
    (self.get()->*handler)(type, object);
    return true;
  };
  const auto on_listed = [&self, &first] {
    if (std::exchange(first, false) && --self->missing_lists == 0) self->listing = false;
    self->listed.notify_all();
    return true;
  };
  auto watched = co_await self->client.watch(std::move(query), on_event, on_listed);
  if (watched) co_return;
  if (needed) self->failure = watched.error();
  if (!needed) self->gaps.push_back(fmt::format("{} could not be watched: {}", kind, watched.error().what));
  if (first && --self->missing_lists == 0) self->listing = false;
  self->listed.notify_all();
}

void PodRecorder::State::on_pod(const std::string& type, const json& pod) {
  const std::string uid = string_at(pod, {"metadata", "uid"});
  PodRecord& record = records[uid];
  if (record.main_container.empty()) record.main_container = followed.container;
  const bool started = note_pod(record, pod, now(), listing);
  if (type == "DELETED") record.gone = now();
  if (!started || type == "DELETED") return;
  if (auto old = logs.find(uid); old != logs.end()) ended_logs.push_back(std::move(old->second));
  logs[uid] = Background(executor, follow_log(shared_from_this(), uid));
}

/// Its last lines matter, also of a pod that was there before.
Task<void> PodRecorder::State::follow_log(std::shared_ptr<State> self, std::string uid) {
  const PodRecord& pod = self->records.at(uid);
  Client::LogQuery query;
  query.ns = pod.ns;
  query.pod = pod.pod;
  query.container = pod.main_container;
  query.follow = query.timestamps = true;
  query.tail = 200;
  const std::string name = pod.pod;
  const auto on_line = [&self, &uid](std::string_view line) {
    note_log_line(self->records.at(uid), self->followed.words, line);
    return true;
  };
  auto read = co_await self->client.logs(std::move(query), on_line);
  if (read || read.error().code == Code::kNotFound)
    co_return;  // it ended, or was gone before it could be read
  self->gaps.push_back(fmt::format("the log of {} could not be followed: {}", name, read.error().what));
}

void PodRecorder::State::take_endpoint(const std::string& slice, const json& endpoint,
                                       std::set<std::string>& there) {
  const std::string uid = string_at(endpoint, {"targetRef", "uid"});
  if (uid.empty()) return;
  offered[slice][uid] =
      bool_at(endpoint, {"conditions", "ready"}, true);  // absent means ready (EndpointConditions)
  there.insert(uid);
}

void PodRecorder::State::on_slice(const std::string& type, const json& slice) {
  const std::string name = string_at(slice, {"metadata", "uid"});
  std::set<std::string> there;
  if (type != "DELETED") {
    for (const json& endpoint : array_at(slice, {"endpoints"})) take_endpoint(name, endpoint, there);
  }
  for (auto& [uid, ready] : offered[name]) ready = ready && there.contains(uid);
  settle_endpoints(now());
}

/// The lists of pods and slices come in any order: an endpoint may be known before its pod.
void PodRecorder::State::settle_endpoints(WallTime at) {
  for (auto& [uid, record] : records) {
    bool ready = false;
    for (const auto& [slice, pods] : offered) {
      const auto found = pods.find(uid);
      ready = ready || (found != pods.end() && found->second);
    }
    note_change(record.endpoint, ready, listing ? record.created.value_or(at) : at);
  }
}

/// The kubelet says Killing when it begins to stop a container, before its hook. A log line knows better.
void PodRecorder::State::on_event(const std::string& type, const json& event) {
  if (listing || type != "ADDED") return;
  const auto found = records.find(string_at(event, {"involvedObject", "uid"}));
  if (found == records.end()) return;
  PodRecord& record = found->second;
  const std::string field = fmt::format("spec.containers{{{}}}", record.main_container);
  if (string_at(event, {"involvedObject", "fieldPath"}) != field) return;
  if (record.has_hook && !record.hook_started) record.hook_started = now();
  if (!record.has_hook && !record.signalled) record.signalled = now();
}

PodRecorder::PodRecorder(std::shared_ptr<State> state) : state_(std::move(state)) {}

PodRecorder::~PodRecorder() {
  state_->watches.clear();
  state_->logs.clear();
  state_->ended_logs.clear();
}

Task<Result<std::unique_ptr<PodRecorder>>> PodRecorder::start(Client& client, Followed followed) {
  auto executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<State>(executor, client, std::move(followed));
  std::unique_ptr<PodRecorder> recorder(new PodRecorder(state));
  state->begin();
  while (state->missing_lists > 0 && !state->failure) co_await state->listed.wait();
  if (state->failure) co_return with_context("following pods", *state->failure);
  state->settle_endpoints(now());
  co_return recorder;
}

Task<void> PodRecorder::catch_up() {
  auto pods = co_await state_->client.list(state_->pods());
  if (pods) {
    std::set<std::string> there;
    for (const json& pod : array_at(*pods, {"items"})) {
      there.insert(string_at(pod, {"metadata", "uid"}));
      state_->on_pod("MODIFIED", pod);
    }
    for (auto& [uid, record] : state_->records) {
      if (!there.contains(uid) && !record.gone) record.gone = now();
    }
  }
  auto slices = co_await state_->client.list(state_->slices());
  if (slices) {
    for (const json& slice : array_at(*slices, {"items"})) state_->on_slice("MODIFIED", slice);
  }
  if (!pods) state_->gaps.push_back("the last look at the pods failed: " + pods.error().what);
  if (!slices) state_->gaps.push_back("the last look at the endpoints failed: " + slices.error().what);
}

std::vector<PodRecord> PodRecorder::records() const {
  std::vector<PodRecord> all;
  for (const auto& [uid, record] : state_->records) all.push_back(record);
  std::stable_sort(all.begin(), all.end(),
                   [](const PodRecord& a, const PodRecord& b) { return a.created < b.created; });
  return all;
}

std::vector<std::string> PodRecorder::gaps() const { return state_->gaps; }

Task<void> PodRecorder::end() {
  std::vector<Background> tasks;
  for (auto* list : {&state_->watches, &state_->ended_logs}) {
    for (Background& task : *list) tasks.push_back(std::move(task));
    list->clear();
  }
  for (auto& [uid, task] : state_->logs) tasks.push_back(std::move(task));
  state_->logs.clear();
  for (Background& task : tasks) task.stop();
  for (Background& task : tasks) co_await task.join();
}

}  // namespace zdt::kube
