#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "app.h"

namespace monolith {
namespace {

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// The page's colour follows from the version, so that an audience sees a rollout without reading.
Response front_page(const App& app) {
  const std::string version = escape_html(app.config.version);
  const std::string hue = std::to_string(std::hash<std::string>{}(app.config.version) % 360);
  Response page = text_response(200, "<!doctype html>\n<title>monolith " + version +
                                         "</title>\n<body style=\"font:2em sans-serif;background:hsl(" + hue +
                                         ",60%,85%)\">\n<h1>monolith " + version + "</h1>\n<p>pod " +
                                         escape_html(app.config.pod) + "</p>\n");
  page.content_type = "text/html; charset=utf-8";
  return page;
}

Response health(const App& app) {
  if (app.lifecycle.serving()) return text_response(200, "ok\n");
  return text_response(503, app.lifecycle.draining() ? "shutting down\n" : "starting\n");
}

Response metadata(const App& app) {
  return json_response(200, {{"version", app.config.version},
                             {"pod", app.config.pod},
                             {"node", app.config.node},
                             {"pid", getpid()},
                             {"uptime_seconds", app.metrics.uptime().count()}});
}

Response metrics_page(const App& app) {
  Response page = text_response(200, app.metrics.format(app.config.version, app.connections.size()));
  page.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return page;
}

}  // namespace

void add_page_routes(Router& router, App& app) {
  const auto page = [&](std::string_view path, Response (*make)(const App&)) {
    router.add(Method::kGet, path, PlainHandler([&app, make](const Request&) { return make(app); }));
  };
  page("/", front_page);
  page("/health", health);
  page("/metadata", metadata);
  page("/metrics", metrics_page);
}

}  // namespace monolith
