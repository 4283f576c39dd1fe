#include "rehearsal/api/call.h"

#include <fmt/format.h>

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

Task<void> send(http::Exchange& exchange, Reply reply) {
  http::Headers headers;
  for (const std::string& warning : reply.warnings) {
    // RFC 7234, 5.5: warn-code 299, no agent, a quoted string.
    headers.add("Warning", "299 - " + json(warning).dump());
  }
  std::string content = reply.body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
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

json presented_list(const ApiCall& call, const std::vector<ObjectPtr>& objects, uint64_t revision) {
  if (wants_table(call)) return table(call, objects, std::to_string(revision));
  json list = {{"kind", call.served.type.kind + "List"},
               {"apiVersion", call.served.type.api_version()},
               {"metadata", {{"resourceVersion", std::to_string(revision)}}},
               {"items", json::array()}};
  for (const ObjectPtr& object : objects) list["items"].push_back(*object);
  return list;
}

}  // namespace api
}  // namespace zdt::rehearsal
