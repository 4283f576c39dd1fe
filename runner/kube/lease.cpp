#include "kube/lease.h"

#include <algorithm>

#include "base/text.h"

namespace zdt::kube {
namespace {

constexpr const char* kAnnotation = "zerodt.com/run";
constexpr milliseconds kCallLimit{5'000};
constexpr int kTries = 5;
/// A duration that others wrote counts up to this.
constexpr int64_t kLongestSeconds = 120;

std::string collection() { return fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases", Lease::kNamespace); }
std::string path_of_lease() { return collection() + "/" + Lease::kName; }

/// Text that others may have written, for a message.
std::string printable(std::string_view text) {
  std::string shown(text.substr(0, 100));
  std::replace_if(shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

std::string identity_words(const LeaseHolder& holder) {
  return fmt::format("{}@{} pid {} run {} script {}", holder.user, holder.host, holder.process.pid, holder.run, holder.script);
}

json annotation_of(const LeaseHolder& holder) {
  return {{"run", holder.run},
          {"script", holder.script},
          {"user", holder.user},
          {"host", holder.host},
          {"pid", holder.process.pid},
          {"boot", holder.process.boot},
          {"pidNamespace", holder.process.pid_namespace},
          {"processStarted", holder.process.start_time}};
}

/// A holder that no run of ours wrote is shown as it calls itself.
LeaseHolder holder_of(const json& lease) {
  auto text = parse_json(string_at(lease, {"metadata", "annotations", kAnnotation}), kAnnotation);
  const json fields = text ? *text : json::object();
  LeaseHolder holder;
  holder.run = string_at(fields, {"run"}, string_at(lease, {"spec", "holderIdentity"}));
  holder.script = string_at(fields, {"script"});
  holder.user = string_at(fields, {"user"});
  holder.host = string_at(fields, {"host"});
  holder.process.pid = static_cast<pid_t>(int_at(fields, {"pid"}));
  holder.process.boot = string_at(fields, {"boot"});
  holder.process.pid_namespace = string_at(fields, {"pidNamespace"});
  holder.process.start_time = string_at(fields, {"processStarted"});
  auto since = parse_time(string_at(lease, {"spec", "acquireTime"}));
  if (since) holder.started = *since;
  return holder;
}

Task<Result<http::Response>> send(Client& client, std::string method, std::string path, const json& body = json()) {
  Client::RawQuery query{.method = std::move(method), .path = std::move(path), .body = "", .limit = kCallLimit};
  if (!body.is_null()) query.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  auto response = co_await client.raw(std::move(query));
  co_return response;
}

LeaseAnswer without(LeaseAnswer::State state, std::string why) {
  LeaseAnswer answer;
  answer.state = state;
  answer.why = std::move(why);
  return answer;
}

/// For an answer that is neither the lease nor a conflict.
LeaseAnswer refusal(const Result<http::Response>& response) {
  if (!response) return without(LeaseAnswer::kNoAnswer, response.error().what);
  const Error error = error_from_status(response->status, response->body, "Lease");
  const bool for_now = response->status == 401 || response->status == 429 || response->status >= 500;
  return without(for_now ? LeaseAnswer::kNoAnswer : LeaseAnswer::kRefused, printable(error.what));
}

bool is_ok(const Result<http::Response>& response) { return response && response->status / 100 == 2; }
bool has_status(const Result<http::Response>& response, long status) { return response && response->status == status; }

}  // namespace

std::string LeaseHolder::words() const {
  if (process.pid == 0 || user.empty()) return "\"" + printable(run) + "\"";
  return fmt::format("the run {} of {}@{} (pid {})", printable(run), printable(user), printable(host), process.pid);
}

/// The lease as the API has it.
struct Lease::Found {
  explicit Found(json as_read) : lease(std::move(as_read)), holder(holder_of(lease)) {}
  json lease;
  LeaseHolder holder;
  bool has_holder() const { return !string_at(lease, {"spec", "holderIdentity"}).empty(); }
  milliseconds duration() const {
    return milliseconds(1000 * std::clamp(int_at(lease, {"spec", "leaseDurationSeconds"}), int64_t{1}, kLongestSeconds));
  }
  std::string change() const {
    return string_at(lease, {"metadata", "uid"}) + string_at(lease, {"spec", "holderIdentity"}) + string_at(lease, {"spec", "renewTime"});
  }
};

Task<LeaseAnswer> Lease::hold(Client& client, bool steal) {
  for (int tries = 0; tries < kTries; ++tries) {
    bool again = false;
    LeaseAnswer answer = co_await hold_once(client, steal, again);
    if (again) continue;
    if (answer.state == LeaseAnswer::kOthers) ours_ = false;
    co_return answer;
  }
  co_return without(LeaseAnswer::kNoAnswer, "the lease changed again and again");
}

/// again  it changed between our reading and our writing.
Task<LeaseAnswer> Lease::hold_once(Client& client, bool steal, bool& again) {
  auto read = co_await send(client, "GET", path_of_lease());
  if (has_status(read, 404)) {
    LeaseAnswer created = co_await create(client, again);
    co_return created;
  }
  auto lease = is_ok(read) ? parse_json(read->body, "Lease") : Result<json>(Error{});
  if (!lease || !lease->is_object()) co_return is_ok(read) ? without(LeaseAnswer::kRefused, "the API's Lease is no object") : refusal(read);
  const Found found(std::move(*lease));
  const bool is_mine = found.has_holder() && found.holder.run == us_.run && found.holder.process == us_.process;
  if (is_mine && ours_ && std::chrono::steady_clock::now() - renewed_ < times_.renew) {
    LeaseAnswer kept;
    kept.state = LeaseAnswer::kOurs;
    co_return kept;
  }
  if (!is_mine && ours_ && !found.has_holder()) co_await remove(client, found.lease);  // left for us to see
  if (!is_mine && !steal && (ours_ || !is_free(found))) co_return others(found);
  if (!is_mine) tell_ = found.has_holder() && host::still_runs(found.holder.process) != false;
  LeaseAnswer written = co_await write(client, found.lease, again);
  co_return written;
}

LeaseAnswer Lease::others(const Found& found) const {
  LeaseAnswer answer;
  answer.state = LeaseAnswer::kOthers;
  answer.holder = found.holder;
  answer.change = found.change();
  auto renewed = parse_time(string_at(found.lease, {"spec", "renewTime"}));
  const bool lives = host::still_runs(found.holder.process) == true;
  answer.looks_expired = !lives && (!renewed || now_() - *renewed > found.duration());
  return answer;
}

/// A process that is seen to live keeps it, though it may not get to renew it: the speaker's shell stops the run.
bool Lease::is_free(const Found& found) {
  const bool expired = has_expired(found);
  const auto lives = host::still_runs(found.holder.process);
  return !found.has_holder() || lives == false || (!lives && expired);
}

bool Lease::has_expired(const Found& found) {
  const auto now = std::chrono::steady_clock::now();
  if (std::exchange(observed_, found.change()) != found.change()) observed_at_ = now;
  return now - observed_at_ > found.duration();
}

/// before  the lease that is written over; null: there is none.
json Lease::ours(const json& before) const {
  json lease = before.is_null() ? json{{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}} : before;
  lease["metadata"]["name"] = kName;
  lease["metadata"]["namespace"] = kNamespace;
  lease["metadata"]["labels"]["app.kubernetes.io/part-of"] = "zdt-demo";
  lease["metadata"]["annotations"][kAnnotation] = annotation_of(us_).dump();
  const std::string identity = identity_words(us_), now = format_time(now_(), true);
  json& spec = lease["spec"];
  if (!spec.is_object()) spec = json::object();
  const bool taken = string_at(spec, {"holderIdentity"}) != identity;
  if (taken) spec["acquireTime"] = now;
  if (taken) spec["leaseTransitions"] = before.is_null() ? 0 : int_at(spec, {"leaseTransitions"}) + 1;
  spec["holderIdentity"] = identity;
  spec["renewTime"] = now;
  spec["leaseDurationSeconds"] = std::max<int64_t>(1, times_.duration.count() / 1000);
  return lease;
}

void Lease::remember(const json& lease) {
  ours_ = true;
  last_ = lease;
  renewed_ = std::chrono::steady_clock::now();
}

Task<LeaseAnswer> Lease::create(Client& client, bool& again) {
  const json lease = ours(json());
  auto created = co_await send(client, "POST", collection(), lease);
  again = has_status(created, 409);
  if (!is_ok(created)) co_return refusal(created);
  tell_ = false;
  auto body = parse_json(created->body, "Lease");
  remember(body ? *body : lease);
  LeaseAnswer answer;
  answer.state = LeaseAnswer::kOurs;
  co_return answer;
}

Task<LeaseAnswer> Lease::write(Client& client, const json& before, bool& again) {
  const json lease = ours(before);
  auto written = co_await send(client, "PUT", path_of_lease(), lease);
  again = has_status(written, 409) || has_status(written, 404);
  if (!is_ok(written)) co_return refusal(written);
  auto body = parse_json(written->body, "Lease");
  remember(body ? *body : lease);
  LeaseAnswer answer;
  answer.state = LeaseAnswer::kOurs;
  co_return answer;
}

/// With the resourceVersion that we wrote: what another run has taken meanwhile is left alone. A failure leaves a lease that expires.
Task<void> Lease::release(Client& client) {
  if (!std::exchange(ours_, false)) co_return;
  if (tell_) {
    json lease = last_;
    lease["spec"]["holderIdentity"] = "";
    lease["spec"]["renewTime"] = format_time(now_(), true);
    auto freed = co_await send(client, "PUT", path_of_lease(), lease);
    static_cast<void>(freed);
    co_return;
  }
  co_await remove(client, last_);
}

/// As it was read or written last: what has changed since stays.
Task<void> Lease::remove(Client& client, const json& lease) {
  json options{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  options["preconditions"] = {{"uid", string_at(lease, {"metadata", "uid"})},
                              {"resourceVersion", string_at(lease, {"metadata", "resourceVersion"})}};
  auto removed = co_await send(client, "DELETE", path_of_lease(), options);
  static_cast<void>(removed);
}

}  // namespace zdt::kube
