#include "metrics.h"

#include <algorithm>
#include <cstdio>

namespace monolith {
namespace {

std::string number(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.15g", value);
  return text.data();
}

std::string escape_label(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

void describe(std::string& out, const std::string& name, const std::string& type, const std::string& help) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void gauge(std::string& out, const std::string& name, const std::string& help, double value) {
  describe(out, name, "gauge", help);
  out += name + " " + number(value) + "\n";
}

}  // namespace

Metrics::Metrics()
    : started_(std::chrono::steady_clock::now()),
      started_unix_seconds_(
          std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count()) {}

void Metrics::count_request(Method method, int status, std::chrono::nanoseconds took) {
  const auto code = static_cast<std::size_t>(std::clamp(status, 0, kStatusCount - 1));
  ++requests_.at(static_cast<std::size_t>(method)).at(code);
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++buckets_.at(static_cast<std::size_t>(bound - kBounds.begin()));
  nanoseconds_ += static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
}

std::chrono::duration<double> Metrics::uptime() const { return std::chrono::steady_clock::now() - started_; }

void Metrics::format_requests(std::string& out) const {
  describe(out, "http_requests_total", "counter", "Answered requests by method and status code.");
  for (std::size_t method = 0; method < requests_.size(); ++method) {
    for (std::size_t code = 0; code < requests_[method].size(); ++code) {
      const std::uint64_t count = requests_[method][code];
      if (count == 0) continue;
      out += "http_requests_total{method=\"" + std::string(method_name(static_cast<Method>(method))) +
             "\",code=\"" + std::to_string(code) + "\"} " + std::to_string(count) + "\n";
    }
  }
}

void Metrics::format_durations(std::string& out) const {
  const std::string name = "http_request_duration_seconds";
  describe(out, name, "histogram", "From the first byte of a request to the last byte of its answer.");
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    const std::string bound = i < kBounds.size() ? number(kBounds[i]) : "+Inf";
    out += name + "_bucket{le=\"" + bound + "\"} " + std::to_string(seen) + "\n";
  }
  out += name + "_sum " + number(static_cast<double>(nanoseconds_) / 1e9) + "\n";
  out += name + "_count " + std::to_string(seen) + "\n";
}

std::string Metrics::format(const std::string& version, std::size_t connections_open) const {
  std::string out;
  format_requests(out);
  format_durations(out);
  gauge(out, "http_requests_in_flight", "Requests being read or answered, this one included.", in_flight());
  gauge(out, "http_connections_open", "Open client connections.", static_cast<double>(connections_open));
  describe(out, "app_info", "gauge", "Always 1; the label tells the version.");
  out += "app_info{version=\"" + escape_label(version) + "\"} 1\n";
  gauge(out, "process_start_time_seconds", "Start of the process, in seconds since 1970.",
        started_unix_seconds_);
  return out;
}

}  // namespace monolith
