#include "rehearsal/api/pod_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

std::vector<std::string> names_in(const json& pod, const char* list) {
  return each(array_at(pod, {"spec", list}), "name");
}

int64_t count_from(const ApiCall& call, const char* name) {
  const std::string text = call.query(name);
  if (text.empty()) return -1;
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < 0) {
    throw bad_request(fmt::format(
        "PodLogOptions.{}: Invalid value: \"{}\": must be greater than or equal to 0", name, text));
  }
  return value;
}

}  // namespace

ObjectPtr pod_of(const Objects& objects, const ApiCall& call) {
  Place place = call.place();
  place.subresource.clear();
  return objects.get(place);
}

std::string container_of(const json& pod, const std::string& asked) {
  const auto main = names_in(pod, "containers"), init = names_in(pod, "initContainers");
  const std::string name = string_at(pod, {"metadata", "name"});
  auto has = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), asked) != names.end();
  };
  if (asked.empty() && main.size() == 1) return main[0];
  if (!asked.empty() && (has(main) || has(init))) return asked;
  if (!asked.empty()) throw bad_request(fmt::format("container {} is not valid for pod {}", asked, name));
  std::string message = fmt::format("a container name must be specified for pod {}, choose one of: [{}]",
                                    name, join(main, " "));
  if (!init.empty()) message += fmt::format(" or one of the init containers: [{}]", join(init, " "));
  throw bad_request(message);
}

LogOptions log_options_from(const ApiCall& call, WallTime now) {
  LogOptions options;
  options.follow = call.flag("follow");
  options.timestamps = call.flag("timestamps");
  options.previous = call.flag("previous");
  options.tail_lines = count_from(call, "tailLines");
  options.since_seconds = count_from(call, "sinceSeconds");
  options.limit_bytes = count_from(call, "limitBytes");
  const std::string since = call.query("sinceTime");
  if (since.empty()) return options;
  const auto time = parse_time(since);
  if (!time) throw bad_request("PodLogOptions.sinceTime: " + time.error().what);
  options.since_seconds = std::max<int64_t>(0, std::chrono::ceil<std::chrono::seconds>(now - *time).count());
  return options;
}

std::string frame(Channel channel, std::string_view content) {
  std::string message(1, static_cast<char>(channel));
  return message.append(content);
}

std::string chosen_protocol(const std::vector<std::string>& offered) {
  for (const char* known : {"v5.channel.k8s.io", "v4.channel.k8s.io"}) {
    if (std::find(offered.begin(), offered.end(), known) != offered.end()) return known;
  }
  return "";
}

json exit_status(int code) {
  json status = {{"metadata", json::object()}, {"status", "Success"}};
  if (code == 0) return status;
  json causes = json::array();
  causes.push_back({{"reason", "ExitCode"}, {"message", std::to_string(code)}});
  status["status"] = "Failure";
  status["reason"] = "NonZeroExitCode";
  status["message"] = fmt::format("command terminated with non-zero exit code: exit status {}", code);
  status["details"] = {{"causes", causes}};
  return status;
}

}  // namespace zdt::rehearsal::api
