#include "rehearsal/node/probes.h"

#include "rehearsal/store/values.h"

namespace zdt::rehearsal {

ProbeTiming timing_of(const json& probe) {
  const auto at_least = [&](const char* field, int64_t least, int64_t fallback) {
    return std::max(least, int32_at(probe, {field}, fallback));
  };
  return {std::chrono::seconds(at_least("initialDelaySeconds", 0, 0)),
          std::chrono::seconds(at_least("periodSeconds", 1, 10)),
          std::chrono::seconds(at_least("timeoutSeconds", 1, 1)),
          static_cast<int>(at_least("successThreshold", 1, 1)),
          static_cast<int>(at_least("failureThreshold", 1, 3))};
}

std::optional<bool> ProbeVerdict::add(bool passed) {
  in_a_row_ = passed == latest_ ? in_a_row_ + 1 : 1;
  latest_ = passed;
  if (in_a_row_ < (passed ? timing_.success_threshold : timing_.failure_threshold)) return std::nullopt;
  return passed;
}

Task<Result<void>> probe_once(NodeContext& node, json probe, ActionTarget target) {
  const milliseconds limit = timing_of(probe).timeout;
  if (probe.contains("exec")) {
    json exec = probe["exec"];
    auto done = co_await run_command(node, std::move(exec), std::move(target), limit);
    co_return done;
  }
  if (probe.contains("tcpSocket")) {
    json socket = probe["tcpSocket"];
    auto done = co_await connect(node, std::move(socket), std::move(target), limit);
    co_return done;
  }
  if (!probe.contains("httpGet")) {
    co_return Error{Code::kInvalid, "the rehearsal cluster has no probes but exec, httpGet and tcpSocket",
                    ""};
  }
  json request = probe["httpGet"];
  auto response = co_await send_request(node, std::move(request), std::move(target), limit);
  if (!response) co_return response.error();
  if (response->status >= 200 && response->status < 400) co_return Result<void>();
  co_return Error{Code::kFailed, fmt::format("HTTP probe failed with statuscode: {}", response->status), ""};
}

}  // namespace zdt::rehearsal
