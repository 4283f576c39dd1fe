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
constexpr size_t kPiece = 32 << 10;        // of events that are written at once
constexpr milliseconds kStalled{30'000};   // a peer that takes nothing for so long has gone

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

/// One watch. It follows the store's own history, so that a peer that reads slowly makes nothing grow.
class Watch {
 public:
  Watch(Store& store, ApiCall& call, WatchOptions options, asio::any_io_executor executor)
      : store_(store), call_(call), options_(options), selection_(call.selection()), changed_(executor) {}

  /// Takes up what was before, and everything from now on.
  void begin() {
    revision_ = options_.from.value_or(store_.revision());
    if (!options_.from) choose_initial();
    subscription_ = store_.subscribe([this](const Event& event) {
      if (event.resource == call_.served.type.resource()) changed_.notify_all();
    });
  }

  Task<void> run(milliseconds bookmark_interval) {
    const auto deadline = Clock::now() + options_.limit;
    auto next_bookmark = Clock::now() + bookmark_interval;
    co_await write_initial();
    while (!expired_) {
      co_await write_changes();
      if (expired_ || Clock::now() >= deadline) break;
      if (options_.bookmarks && Clock::now() >= next_bookmark) {
        add(bookmark(call_.served, revision_, false));
        next_bookmark = Clock::now() + bookmark_interval;
        co_await flush();
        continue;
      }
      const auto until = options_.bookmarks ? std::min(deadline, next_bookmark) : deadline;
      const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
      if (revision_ == store_.revision() && left.count() > 0) co_await changed_.wait_for(left);
    }
  }

 private:
  void choose_initial() {
    const std::string ns = call_.served.type.namespaced ? call_.route.ns : "";
    for (const ObjectPtr& object : store_.list(call_.served.type.resource(), ns)) {
      if (selection_.matches(*object)) initial_.push_back(as_version(call_.served.type, object));
    }
  }

  Task<void> write_initial() {
    while (!initial_.empty()) {
      add({"ADDED", std::move(initial_.front())});
      initial_.pop_front();
      if (text_.size() > kPiece) co_await flush();
    }
    if (options_.initial_events_end) add(bookmark(call_.served, revision_, true));
    co_await flush();
  }

  /// All changes up to the present. While a piece of them is written there may come more.
  Task<void> write_changes() {
    const std::string ns = call_.served.type.namespaced ? call_.route.ns : "", resource = call_.served.type.resource();
    while (true) {
      const auto event = store_.next(resource, revision_);
      if (!event) add_expired(event.error());
      if (!event || !*event) break;
      if (auto seen = seen_by(**event, call_.served, ns, selection_)) add(*seen);
      if (text_.size() > kPiece) co_await flush();
    }
    co_await flush();
  }

  /// The peer has read so slowly that changes are lost to it: it has to list again.
  void add_expired(const Error& why) {
    const json line = {{"type", "ERROR"}, {"object", expired(why.what).status()}};
    text_ += line.dump() + "\n";
    expired_ = true;
  }

  void add(const WatchEvent& event) {
    const json line = {{"type", event.type}, {"object", shown(event)}};
    text_ += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }

  Task<void> flush() {
    if (text_.empty()) co_return;
    std::string text = std::exchange(text_, "");
    co_await call_.exchange.write(std::move(text));
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
  std::deque<ObjectPtr> initial_;
  std::string text_;         // not written yet
  uint64_t revision_ = 0;    // up to which everything is in text_ or was written
  bool first_ = true, expired_ = false;
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
  watch.begin();
  call.exchange.limit_writes(kStalled);
  co_await call.exchange.begin_stream(200, "application/json");
  co_await watch.run(bookmark_interval);
  co_await call.exchange.end_stream();
}

}  // namespace zdt::rehearsal::api
