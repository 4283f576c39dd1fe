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

/// One flat JSON object: ts, seq, type, script, step and the fields of data.
json to_json(const Event& event);
/// Fails kInvalid when ts, seq or type are missing.
Result<Event> event_from_json(const json& line);

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
