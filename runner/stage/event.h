// What happens in a run, as a stream of events. Reports, the journal and `-o ndjson` all see exactly these.
// docs/journal.md defines every type and field.
#pragma once
#include <functional>
#include <string>

#include "base/json.h"
#include "base/units.h"

namespace zdt::stage {

/// ts     when.   seq  1, 2, 3 … within the run.   type  see docs/journal.md.   script, step  may be empty.
/// data   the fields of the type.
struct Event {
  WallTime ts;
  uint64_t seq = 0;
  std::string type, script, step;
  json data = json::object();
};

/// One flat JSON object: ts, seq, type, script, step and the fields of data (a field of data with one of
/// these five names is dropped).
json to_json(const Event& event);
/// The object as one line, newline included. Bytes that are not UTF-8 become U+FFFD, so this never fails; what would do harm
/// on a screen is written as \uXXXX (base/clean.h).
std::string to_line(const Event& event);
/// Fails kInvalid when ts, seq or type are missing or of another type.
Result<Event> event_from_json(const json& line);

/// {code, what, hint}; hint is left out when empty.
json to_json(const Error& error);
/// A value as a person reads it: strings as they are (an empty one as ""), anything else as compact JSON.
std::string shown(const json& value);

/// Receives events in order. Called on the loop; must not block for long.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void receive(const Event& event) = 0;
};

/// Numbers and stamps events and hands them to every sink, in the order in which they were added.
class Bus {
 public:
  explicit Bus(std::function<WallTime()> now, uint64_t last_seq = 0) : now_(std::move(now)), seq_(last_seq) {}
  void add(Sink& sink) { sinks_.push_back(&sink); }
  void emit(std::string type, std::string script, std::string step, json data = json::object());

 private:
  std::function<WallTime()> now_;
  uint64_t seq_;
  std::vector<Sink*> sinks_;
};

}  // namespace zdt::stage
