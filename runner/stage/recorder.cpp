#include "stage/plan.h"

namespace zdt::stage {

bool Recorder::assertion(std::string_view name, bool passed, const json& want, const json& got) {
  ++assertions_;
  if (!passed && first_failure_.empty()) {
    first_failure_ = fmt::format("{}: want {}, got {}", name, shown(want), shown(got));
  }
  emit("assertion", json{{"name", name}, {"passed", passed}, {"want", want}, {"got", got}});
  return passed;
}

void Recorder::observation(std::string_view name, const json& value) {
  emit("observation", json{{"name", name}, {"value", value}});
}

Result<void> Recorder::verdict() const {
  if (!first_failure_.empty()) return Error{Code::kFailed, first_failure_, ""};
  if (pending_.empty()) return {};
  return Error{Code::kScript, fmt::format("zdt.expect(\"{}\", …) compares with nothing", pending_.begin()->second),
               "say what is wanted: zdt.expect(name, value):equals(…), :below(…), …"};
}

void Recorder::log(std::string_view level, std::string_view text) {
  emit("log", json{{"level", level}, {"text", text}});
}

void Recorder::emit(std::string type, json data) {
  bus_.emit(std::move(type), script_, step_, std::move(data));
}

void Recorder::begin_step(std::string id, milliseconds limit) {
  step_ = std::move(id);
  limit_ = limit.count() == 0 ? TimeLimit{} : TimeLimit{std::chrono::steady_clock::now() + limit, limit};
  first_failure_.clear();
  pending_.clear();
  assertions_ = 0;
}

}  // namespace zdt::stage
