#include "rehearsal/api/call.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>

#include "base/text.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal {

bool ApiCall::flag(std::string_view name) const {
  const std::string value = query(name);
  return value == "true" || value == "1";
}

api::Selection ApiCall::selection() const {
  std::string fields = query("fieldSelector");
  if (!route.name.empty()) fields += (fields.empty() ? "metadata.name=" : ",metadata.name=") + route.name;
  return {api::LabelSelector::parse(query("labelSelector")), api::FieldSelector::parse(fields)};
}

api::Intent ApiCall::intent() const {
  api::Intent intent;
  const std::string agent = exchange.headers.get("User-Agent");
  intent.manager = query("fieldManager");
  if (intent.manager.empty()) intent.manager = agent.substr(0, agent.find('/'));
  if (intent.manager.empty()) intent.manager = "unknown";
  const std::string trial = query("dryRun");
  if (!trial.empty() && trial != "All") {
    throw api::bad_request("dryRun: Unsupported value: \"" + trial + "\": supported values: \"All\"");
  }
  intent.dry_run = trial == "All";
  intent.force = flag("force");
  intent.guard = guard;
  intent.validation = api::field_validation_from(query("fieldValidation"));
  return intent;
}

namespace api {

Task<void> give_way() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

namespace {

std::string written_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// The body with its members at its end.
Task<std::string> text_with_members(json body, Members members) {
  constexpr size_t kSlice = 256 << 10;
  std::string text = written_text(body);
  text.pop_back();
  text += fmt::format("{}\"{}\":[", body.empty() ? "" : ",", members.name);
  size_t since_rest = 0;
  bool first = true;
  for (ObjectPtr& object : members.objects) {
    const std::string member = members.written(object);
    object.reset();
    if (!std::exchange(first, false)) text += ',';
    text += member;
    since_rest += member.size();
    if (since_rest < kSlice) continue;
    since_rest = 0;
    co_await give_way();
  }
  co_return text + "]}";
}

}  // namespace

Task<void> send(http::Exchange& exchange, Reply reply) {
  http::Headers headers;
  for (const std::string& warning : reply.warnings) {
    // RFC 7234, 5.5: warn-code 299, no agent, a quoted string.
    headers.add("Warning", "299 - " + json(warning).dump());
  }
  std::string content;
  if (reply.members) {
    content = co_await text_with_members(std::move(reply.body), std::move(*reply.members));
  } else {
    content = written_text(reply.body);
  }
  content += '\n';
  co_await exchange.respond(reply.code, reply.content_type, std::move(content), std::move(headers));
}

namespace {

bool wants_table(const ApiCall& call) { return call.accepted.form == Accepted::Form::kTable; }

json table(const ApiCall& call, const std::vector<ObjectPtr>& objects, const std::string& revision) {
  return table_of(printer_for(call.served), objects, revision,
                  include_object_from(call.query("includeObject")), std::chrono::system_clock::now());
}

}  // namespace

json presented(const ApiCall& call, const ObjectPtr& object) {
  if (!wants_table(call)) return *object;
  return table(call, {object}, string_at(*object, {"metadata", "resourceVersion"}));
}

Reply list_reply(const ApiCall& call, std::vector<ObjectPtr> objects, uint64_t revision) {
  const std::string version = std::to_string(revision);
  Reply reply;
  if (wants_table(call)) {
    reply.body = table(call, {}, version);
    reply.body.erase("rows");
    const auto row = [printer = printer_for(call.served), include = include_object_from(call.query("includeObject")),
                      now = std::chrono::system_clock::now()](const ObjectPtr& object) {
      return written_text(table_of(printer, {object}, "", include, now, false)["rows"][0]);
    };
    reply.members = Members{"rows", std::move(objects), row};
    return reply;
  }
  reply.body = {{"kind", call.served.type.kind + "List"},
                {"apiVersion", call.served.type.api_version()},
                {"metadata", {{"resourceVersion", version}}}};
  reply.members = Members{"items", std::move(objects), [](const ObjectPtr& object) { return written_text(*object); }};
  return reply;
}

namespace {

bool is_small(const ApiCall& call) {
  const std::string& part = call.route.subresource;
  return call.exchange.method == "DELETE" || (!part.empty() && part != "status");
}

/// kubectl sends JSON, which is YAML, as an applied configuration; only what is not JSON goes through the YAML reader.
Format format_of_content(const ApiCall& call) {
  const std::string type = call.exchange.headers.get("Content-Type");
  if (call.exchange.method != "PATCH") return format_of(type);
  const std::string& body = call.exchange.body;
  const bool yaml = patch_kind_from(type, call.served) == PatchKind::kApply &&
                    body.find_first_not_of(" \t\r\n") != body.find('{');
  return yaml ? Format::kYaml : Format::kJson;
}

}  // namespace

Task<void> read_content(ApiCall& call, BodyDecoder& decoder) {
  const std::string& method = call.exchange.method;
  if (method == "GET" || method == "HEAD") co_return;
  co_await call.exchange.read_body(is_small(call) ? kSmallBody : SIZE_MAX);
  if (is_small(call)) co_return;
  const Format format = format_of_content(call);
  std::string body = std::exchange(call.exchange.body, "");
  call.content = co_await decoder.decode(format, std::move(body));
}

json body_of(ApiCall& call) {
  if (call.content) return std::move(*call.content);
  return decode_body(call.exchange.body, call.exchange.headers.get("Content-Type"));
}

}  // namespace api
}  // namespace zdt::rehearsal
