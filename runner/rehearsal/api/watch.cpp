#include <fmt/format.h>

#include <charconv>
#include <deque>

#include "rehearsal/api/call.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/watch_events.h"

namespace zdt::rehearsal::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kDefaultSeconds = 1800;  // kube-apiserver's --min-request-timeout
constexpr size_t kMaxQueued = 10'000;      // a peer that reads too slowly has to list again

struct WatchOptions {
  std::optional<uint64_t> from;  ///< nothing: begin with what there is
  bool bookmarks = false, initial_events_end = false;
  std::chrono::seconds limit{kDefaultSeconds};
};

std::optional<uint64_t> number_from(const std::string& text, const char* name) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) {
    throw bad_request(fmt::format("{}: Invalid value: \"{}\"", name, text));
  }
  return value;
}

WatchOptions options_from(const ApiCall& call) {
  WatchOptions options;
  const auto version = number_from(call.query("resourceVersion"), "resourceVersion");
  const bool initial_events = call.flag("sendInitialEvents");
  if (version && *version > 0 && !initial_events) options.from = version;
  options.bookmarks = call.flag("allowWatchBookmarks");
  options.initial_events_end = initial_events && options.bookmarks;
  const auto seconds = number_from(call.query("timeoutSeconds"), "timeoutSeconds").value_or(0);
  if (seconds > 0) options.limit = std::chrono::seconds(std::min<uint64_t>(seconds, kDefaultSeconds));
  return options;
}

/// The words of NewTimeoutError for a revision that does not exist yet (apiserver/pkg/storage/errors.go).
Failure too_large_version(uint64_t wanted, uint64_t current) {
  json causes = json::array();
  causes.push_back({{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}});
  return Failure(504, "Timeout",
                 fmt::format("Timeout: Too large resource version: {}, current: {}", wanted, current),
                 {{"causes", causes}, {"retryAfterSeconds", 1}});
}

/// One watch: what is to be written, and who wakes the writer.
class Watch {
 public:
  Watch(Store& store, ApiCall& call, WatchOptions options, asio::any_io_executor executor)
      : store_(store), call_(call), options_(options), selection_(call.selection()), changed_(executor) {}

  /// Takes up what was before, and everything from now on. Returns the Status of a revision that is too old.
  std::optional<json> begin() {
    revision_ = store_.revision();
    if (options_.from) {
      auto missed = store_.since(call_.served.type.resource(), *options_.from);
      if (!missed) return expired(missed.error().what).status();
      for (const Event& event : *missed) take(event);
    } else {
      add_initial();
    }
    subscription_ = store_.subscribe([this](const Event& event) {
      revision_ = event.revision;
      take(event);
      if (!queue_.empty()) changed_.notify_all();
    });
    return std::nullopt;
  }

  Task<void> run(milliseconds bookmark_interval) {
    const auto deadline = Clock::now() + options_.limit;
    auto next_bookmark = Clock::now() + bookmark_interval;
    while (Clock::now() < deadline) {
      co_await write_queue();
      if (options_.bookmarks && Clock::now() >= next_bookmark) {
        queue_.push_back(bookmark(call_.served, revision_, false));
        next_bookmark = Clock::now() + bookmark_interval;
        continue;
      }
      const auto until = options_.bookmarks ? std::min(deadline, next_bookmark) : deadline;
      const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
      if (queue_.empty() && left.count() > 0) co_await changed_.wait_for(left);
    }
    co_await write_queue();
  }

 private:
  void add_initial() {
    const std::string ns = call_.served.type.namespaced ? call_.route.ns : "";
    for (const ObjectPtr& object : store_.list(call_.served.type.resource(), ns)) {
      if (selection_.matches(*object)) queue_.push_back({"ADDED", as_version(call_.served.type, object)});
    }
    if (options_.initial_events_end) queue_.push_back(bookmark(call_.served, revision_, true));
  }

  void take(const Event& event) {
    if (queue_.size() >= kMaxQueued) return;  // write_queue() ends the watch then
    const std::string ns = call_.served.type.namespaced ? call_.route.ns : "";
    if (auto seen = seen_by(event, call_.served, ns, selection_)) queue_.push_back(std::move(*seen));
  }

  Task<void> write_queue() {
    if (queue_.size() >= kMaxQueued) {
      throw boost::system::system_error(asio::error::operation_aborted,
                                        "the peer reads its watch too slowly");
    }
    while (!queue_.empty()) {
      const WatchEvent event = std::move(queue_.front());
      queue_.pop_front();
      const json line = {{"type", event.type}, {"object", shown(event)}};
      std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
      co_await call_.exchange.write(std::move(text));
    }
  }

  /// As the request wants to read it; only the first table of a stream carries the columns.
  json shown(const WatchEvent& event) {
    if (call_.accepted.form != Accepted::Form::kTable) return *event.object;
    const std::string revision = string_at(*event.object, {"metadata", "resourceVersion"});
    const std::vector<ObjectPtr> rows =
        event.type == "BOOKMARK" ? std::vector<ObjectPtr>{} : std::vector{event.object};
    const bool columns = std::exchange(first_, false);
    return table_of(printer_for(call_.served), rows, revision,
                    include_object_from(call_.query("includeObject")), std::chrono::system_clock::now(),
                    columns);
  }

  Store& store_;
  ApiCall& call_;
  WatchOptions options_;
  Selection selection_;
  Condition changed_;
  std::deque<WatchEvent> queue_;
  uint64_t revision_ = 0;
  bool first_ = true;
  Store::Subscription subscription_;
};

}  // namespace

Task<void> serve_watch(Store& store, ApiCall& call, milliseconds bookmark_interval) {
  const WatchOptions options = options_from(call);
  if (options.from && *options.from > store.revision())
    throw too_large_version(*options.from, store.revision());
  include_object_from(call.query("includeObject"));
  auto executor = co_await asio::this_coro::executor;
  Watch watch(store, call, options, executor);
  const auto refused = watch.begin();
  co_await call.exchange.begin_stream(200, "application/json");
  if (refused) {
    const json line = {{"type", "ERROR"}, {"object", *refused}};
    co_await call.exchange.write(line.dump() + "\n");
  } else {
    co_await watch.run(bookmark_interval);
  }
  co_await call.exchange.end_stream();
}

}  // namespace zdt::rehearsal::api
