#include "stage/event.h"

#include <array>

#include "base/clean.h"

namespace zdt::stage {
namespace {

constexpr std::array<std::string_view, 5> kEnvelope{"ts", "seq", "type", "script", "step"};

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

json to_json(const Event& event) {
  json line = event.data.is_object() ? event.data : json::object();
  line["ts"] = format_time_ms(event.ts);
  line["seq"] = event.seq;
  line["type"] = event.type;
  line["script"] = event.script;
  line["step"] = event.step;
  return line;
}

std::string to_line(const Event& event) { return harmless_json(dump(to_json(event))) + "\n"; }

Result<Event> event_from_json(const json& line) {
  auto time = parse_time(string_at(line, {"ts"}));
  const json& seq = at(line, {"seq"});
  Event event;
  event.type = string_at(line, {"type"});
  if (!time || !seq.is_number_unsigned() || event.type.empty()) {
    return Error{Code::kInvalid, "an event needs ts (RFC 3339), seq (a number) and type", ""};
  }
  event.ts = *time;
  event.seq = seq.get<uint64_t>();
  event.script = string_at(line, {"script"});
  event.step = string_at(line, {"step"});
  event.data = line;
  for (std::string_view field : kEnvelope) event.data.erase(std::string(field));
  return event;
}

json to_json(const Error& error) {
  json fields{{"code", name_of(error.code)}, {"what", error.what}};
  if (!error.hint.empty()) fields["hint"] = error.hint;
  return fields;
}

std::string shown(const json& value) {
  if (value.is_binary()) return "…";  // what a plan does not know
  if (!value.is_string()) return dump(value);
  auto text = value.get<std::string>();
  return text.empty() ? "\"\"" : text;
}

void Bus::emit(std::string type, std::string script, std::string step, json data) {
  const Event event{now_(), ++seq_, std::move(type), std::move(script), std::move(step), std::move(data)};
  for (Sink* sink : sinks_) sink->receive(event);
}

}  // namespace zdt::stage
