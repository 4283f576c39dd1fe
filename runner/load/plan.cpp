#include "load/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "load/url.h"

namespace zdt::load {
namespace {

Error wrong(std::string what, std::string hint = "") {
  return {Code::kUsage, "load: " + std::move(what), std::move(hint)};
}

/// A token of RFC 9110: what a method and a header name are made of.
bool is_token(std::string_view text) {
  const auto allowed = [](char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || marks.find(c) != marks.npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

template <class T>
Result<void> check_range(std::string_view field, T value, T lowest, T highest) {
  if (value >= lowest && value <= highest) return {};
  return wrong(fmt::format("{} must be {} to {}, got {}", field, lowest, highest, value));
}

Result<void> check_target(const Target& target) {
  if (!is_token(target.method)) return wrong(fmt::format("\"{}\" is no HTTP method", target.method));
  return {};
}

Result<void> check_targets(const Plan& plan) {
  if (plan.targets.size() > kMostTargets)
    return wrong(fmt::format("at most {} different requests, got {}", kMostTargets, plan.targets.size()));
  uint64_t weights = 0;
  for (const auto& target : plan.targets) {
    if (auto good = check_target(target); !good) return good;
    weights += target.weight;
  }
  if (weights == 0) return wrong("the weights of all targets are zero");
  return {};
}

Result<void> check_headers(const Plan& plan) {
  for (const auto& [name, value] : plan.headers) {
    if (!is_token(name) || !is_one_line(value))
      return wrong(fmt::format("\"{}: {}\" is no HTTP header", name, value));
  }
  if (plan.expected.empty()) return wrong("no status counts as success");
  return {};
}

Result<void> check_stages(const Plan& plan) {
  double highest = plan.rate;
  for (const Stage& stage : plan.stages) {
    if (!std::isfinite(stage.rate)) return wrong("the rate of a stage must be a number");
    auto good = check_range("the rate of a stage", stage.rate, 0.0, kMostPerSecond);
    if (!good) return good;
    highest = std::max(highest, stage.rate);
  }
  if (plan.stages.empty() || highest > 0) return {};
  return wrong("the rates of all stages are zero");
}

Result<void> check_bounds(const Plan& plan) {
  const milliseconds::rep zero = 0, one = 1, day = 24LL * 3600 * 1000;
  if (!std::isfinite(plan.rate)) return wrong("rate must be a number");
  const std::initializer_list<Result<void>> checks = {
      check_range("rate", plan.rate, plan.rate == 0 ? 0 : kLeastPerSecond, kMostPerSecond),
      check_stages(plan),
      check_range("connections", plan.connections, 1U, kMostConnections),
      check_range("queue_limit", plan.queue_limit, 0U, 1'000'000U),
      check_range("workers", plan.workers, 1U, kMostWorkers),
      check_range("retries", plan.retries, 0U, kMostRetries),
      check_range("duration (ms)", plan.duration.count(), zero, 30 * day),
      check_range("think_time (ms)", plan.think_time.count(), zero, day),
      check_range("connect_timeout (ms)", plan.connect_timeout.count(), one, day),
      check_range("response_timeout (ms)", plan.response_timeout.count(), one, day),
      check_range("drain (ms)", plan.drain.count(), zero, day),
  };
  for (const auto& check : checks) {
    if (!check) return check;
  }
  return {};
}

}  // namespace

StatusSet StatusSet::none() {
  StatusSet empty;
  empty.allowed_.fill(false);
  return empty;
}

StatusSet& StatusSet::allow(int first, int last) {
  for (int status = std::max(first, 100); status <= std::min(last, 599); ++status) {
    allowed_[static_cast<size_t>(status)] = true;
  }
  return *this;
}

bool StatusSet::empty() const { return std::find(allowed_.begin(), allowed_.end(), true) == allowed_.end(); }

Result<StatusSet> parse_statuses(std::string_view text) {
  StatusSet statuses = StatusSet::none();
  for (const std::string& part : split(text, ',')) {
    const auto ends = split(trim(part), '-');
    std::array<int, 2> range{};
    bool good = ends.size() <= 2;
    for (size_t i = 0; good && i < 2; ++i) {
      const std::string& number = i < ends.size() ? ends[i] : ends[0];
      const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), range[i]);
      good = failure == std::errc() && end == number.data() + number.size() && range[i] >= 100 && range[i] <= 599;
    }
    if (!good || range[0] > range[1])
      return wrong(fmt::format("want statuses from 100 to 599, as in 200-399,404, got \"{}\"", text));
    statuses.allow(range[0], range[1]);
  }
  return statuses;
}

namespace {

Result<void> settle_urls(Plan& plan) {
  if (plan.targets.empty()) plan.targets.push_back({plan.url, plan.method, plan.body, 1, ""});
  for (Target& target : plan.targets) {
    if (auto settled = settle_url(target); !settled) return settled;
  }
  plan.url = without_credentials(plan.url);
  for (Threshold& threshold : plan.thresholds) {
    threshold.text = without_credentials(threshold.text);
    threshold.selected = without_credentials(threshold.selected);
  }
  return {};
}

/// What the user says of the connection holds for us, too: no other request follows on it (RFC 9112, 9.6).
bool asks_to_close(const HeaderList& headers) {
  for (const auto& [name, value] : headers) {
    if (lower(name) != "connection") continue;
    for (const std::string& option : split(value, ',')) {
      if (lower(trim(option)) == "close") return true;
    }
  }
  return false;
}

}  // namespace

Result<Plan> checked(Plan plan) {
  if (auto settled = settle_urls(plan); !settled) return settled.error();
  plan.keep_alive = plan.keep_alive && !asks_to_close(plan.headers);
  if (plan.duration.count() == 0) plan.duration = length_of(plan.stages);
  if (plan.drain.count() < 0) plan.drain = plan.response_timeout + milliseconds(500);
  for (const auto check : {check_targets, check_headers, check_bounds}) {
    if (auto good = check(plan); !good) return good.error();
  }
  plan.workers = std::min(plan.workers, plan.connections);
  if (plan.max_requests > 0)
    plan.workers = static_cast<unsigned>(std::min<uint64_t>(plan.workers, plan.max_requests));
  return plan;
}

}  // namespace zdt::load
