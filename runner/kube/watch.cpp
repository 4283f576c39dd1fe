// List + watch. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
#include "kube/client.h"

namespace zdt::kube {
namespace {

using OnEvent = std::function<bool(const std::string& type, const json& object)>;

/// What a watch knows between two connections.
struct Known {
  std::string revision;
  std::map<std::string, json> objects;  ///< by uid
  bool stopped = false;
  bool expired = false;
  std::string partial;
};

bool give(Known& known, const OnEvent& on_event, const std::string& type, const json& object) {
  const std::string uid = string_at(object, {"metadata", "uid"});
  if (type == "DELETED") {
    known.objects.erase(uid);
  } else {
    known.objects[uid] = object;
  }
  known.stopped = !on_event(type, object);
  return !known.stopped;
}

/// A new list against what was known: what has gone, what changed, what is new. In this order, because an object that was
/// replaced by one of the same name is there.
bool give_difference(Known& known, const OnEvent& on_event, const json& list) {
  std::map<std::string, json> gone = known.objects;
  for (const json& item : array_at(list, {"items"})) gone.erase(string_at(item, {"metadata", "uid"}));
  for (const auto& [uid, object] : gone) {
    if (!give(known, on_event, "DELETED", object)) return false;
  }
  for (const json& item : array_at(list, {"items"})) {
    const std::string uid = string_at(item, {"metadata", "uid"});
    auto before = known.objects.find(uid);
    if (before == known.objects.end()) {
      if (!give(known, on_event, "ADDED", item)) return false;
    } else if (at(before->second, {"metadata", "resourceVersion"}) != at(item, {"metadata", "resourceVersion"})) {
      if (!give(known, on_event, "MODIFIED", item)) return false;
    }
  }
  return true;
}

/// One line of a watch stream. Returns false to end the stream.
bool take_line(Known& known, const OnEvent& on_event, std::string_view line) {
  auto event = parse_json(line, "watch");
  if (!event) return false;  // the stream was cut: connect again
  const std::string type = string_at(*event, {"type"});
  const json& object = at(*event, {"object"});
  if (type == "ERROR") {
    known.expired = true;
    return false;
  }
  known.revision = string_at(object, {"metadata", "resourceVersion"}, known.revision);
  return type == "BOOKMARK" || give(known, on_event, type, object);
}

bool take_piece(Known& known, const OnEvent& on_event, std::string_view piece) {
  known.partial.append(piece);
  size_t start = 0;
  for (size_t end; (end = known.partial.find('\n', start)) != std::string::npos; start = end + 1) {
    if (end > start && !take_line(known, on_event, std::string_view(known.partial).substr(start, end - start))) return false;
  }
  known.partial.erase(0, start);
  return true;
}

}  // namespace

Task<Result<void>> Client::watch(Query query, OnEvent on_event, std::function<bool()> on_listed) {
  Known known;
  if (!query.name.empty()) query.fields = "metadata.name=" + query.name;
  query.name.clear();
  auto path = co_await path_of(query);
  if (!path) co_return path.error();
  if (connection_.instead) {  // which of its events come is up to the cluster
    const std::string selected = query.fields.empty() ? "" : "?fieldSelector=" + http::url_encode(query.fields);
    auto planned = connection_.instead->answer({"WATCH", *path + selected, "", ""});
    if (!planned) co_return planned.error();
    co_return Result<void>();
  }
  bool first = true;
  while (true) {
    auto listed = co_await list(query);
    if (!listed && first) co_return listed.error();
    if (!listed) {
      co_await sleep_for(milliseconds(500));
      continue;
    }
    first = false;
    known.revision = string_at(*listed, {"metadata", "resourceVersion"});
    known.expired = false;
    if (!give_difference(known, on_event, *listed)) co_return Result<void>();
    if (on_listed && !on_listed()) co_return Result<void>();
    while (!known.expired) {
      const std::string from = known.revision;
      Call call{.path = fmt::format("{}?watch=true&allowWatchBookmarks=true&resourceVersion={}", *path, known.revision)};
      if (!query.labels.empty()) call.path += "&labelSelector=" + http::url_encode(query.labels);
      if (!query.fields.empty()) call.path += "&fieldSelector=" + http::url_encode(query.fields);
      call.limit = milliseconds(0);
      http::Request wire = request_for(call);
      long status = 0;
      known.partial.clear();
      wire.on_headers = [&status](long code, const http::Headers&) { status = code; };
      wire.on_data = [&](std::string_view piece) { return status < 300 && take_piece(known, on_event, piece); };
      auto response = co_await http_.send(std::move(wire));
      if (known.stopped) co_return Result<void>();
      if (status >= 300) known.expired = true;  // 410 Gone before the stream began; anything else shows at the list
      const bool went_well = response && status < 300 && known.revision != from;
      if (!went_well && status != 410) co_await sleep_for(milliseconds(300));
    }
  }
}

}  // namespace zdt::kube
