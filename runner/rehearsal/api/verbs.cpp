#include <fmt/format.h>

#include "rehearsal/api/call.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/validation.h"

namespace zdt::rehearsal::api {
namespace {

/// What a client should know about kinds that are only stored.
void warn_when_only_stored(const ApiCall& call, std::vector<std::string>& warnings) {
  if (call.served.type.acted_on) return;
  warnings.push_back(
      fmt::format("zdt-demo: no controller acts on {} in the rehearsal cluster", call.served.type.kind));
}

Reply reply_of(const ApiCall& call, Written written) {
  Reply reply;
  reply.code = written.created ? 201 : 200;
  reply.body = presented(call, written.object);
  reply.warnings = std::move(written.warnings);
  warn_when_only_stored(call, reply.warnings);
  return reply;
}

Reply get(Objects& objects, Store& store, const ApiCall& call) {
  if (!call.route.name.empty()) return {.body = presented(call, objects.get(call.place()))};
  const auto chosen = objects.list(call.served, call.route.ns, call.selection());
  return list_reply(call, chosen, store.revision());
}

Reply create(Objects& objects, ApiCall& call) {
  if (call.served.type.namespaced && call.route.ns.empty()) {
    throw bad_request("an empty namespace may not be set during creation");
  }
  return reply_of(call, objects.create(call.place(), body_of(call), call.intent()));
}

Reply patch(Objects& objects, ApiCall& call) {
  const PatchKind kind = patch_kind_from(call.exchange.headers.get("Content-Type"), call.served);
  const bool applied = kind == PatchKind::kApply;
  if (applied && call.query("fieldManager").empty()) {
    throw bad_request(
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply "
        "patch");
  }
  return reply_of(call, objects.patch(call.place(), kind, body_of(call), call.intent()));
}

Task<Reply> erase(Objects& objects, Store& store, ApiCall& call) {
  const json options = call.exchange.body.empty() ? json(nullptr) : body_of(call);
  check_body_fields("v1.DeleteOptions", options);
  const Deletion deletion = deletion_from(options, [&](std::string_view name) { return call.query(name); });
  Reply reply;
  if (!call.route.name.empty()) {
    reply.body = objects.remove(call.place(), deletion);
    co_return reply;
  }
  const Selection selection = call.selection();
  auto removed = co_await objects.remove_all(call.served, call.route.ns, selection, deletion);
  reply = list_reply(call, std::move(removed), store.revision());
  co_return reply;
}

bool has_subresource(const ApiCall& call) {
  const std::string& name = call.route.subresource;
  return name.empty() || (name == "status" && call.served.type.status);
}

/// POST to /namespaces/NAME/finalize sets what the namespace waits for.
Reply finalize(Store& store, ApiCall& call) {
  const json body = body_of(call);
  check_body_fields("v1.Namespace", body);
  validate(call.served.type, body, nullptr);
  auto updated = store.modify("namespaces", "", call.route.name, [&](json& object) {
    object["spec"]["finalizers"] = array_at(body, {"spec", "finalizers"});
  });
  if (!updated) throw not_found(call.served.type, call.route.name);
  return {.body = **updated};
}

/// All but deletions.
Reply answer_now(Objects& objects, Store& store, ApiCall& call) {
  const std::string& method = call.exchange.method;
  const bool named = !call.route.name.empty();
  if (call.route.subresource == "scale" && call.served.type.scale) return answer_scale(objects, call);
  if (call.served.type.resource() == "pods" && call.route.subresource == "eviction")
    return answer_eviction(objects, store, call);
  const bool finalizes = call.route.subresource == "finalize" && call.served.type.resource() == "namespaces";
  if (finalizes && method == "PUT") return finalize(store, call);
  if (!has_subresource(call)) throw unknown_path();
  if (method == "GET" || method == "HEAD") return get(objects, store, call);
  if (method == "POST" && !named) return create(objects, call);
  if (method == "PUT" && named)
    return reply_of(call, objects.replace(call.place(), body_of(call), call.intent()));
  if (method == "PATCH" && named) return patch(objects, call);
  throw method_not_allowed();
}

}  // namespace

Task<Reply> answer(Objects& objects, Store& store, ApiCall& call) {
  Reply reply;
  if (call.exchange.method == "DELETE" && call.route.subresource.empty()) {
    reply = co_await erase(objects, store, call);
  } else {
    reply = answer_now(objects, store, call);
  }
  co_return reply;
}

}  // namespace zdt::rehearsal::api
