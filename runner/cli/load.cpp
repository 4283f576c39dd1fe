#include "cli/load.h"

#include "base/units.h"
#include "cli/cli.h"
#include "host/interruption.h"
#include "load/load.h"
#include "report/live_line.h"
#include "stage/event.h"

namespace zdt::cli {
namespace {

/// What all of one run of the command look at.
struct Session {
  host::Host& host;
  const LoadRequest& request;
  const load::Plan& plan;
  load::Load& load;
  host::Interruptions& signals;
  report::TerminalStyle style;
  report::LiveLine live;
  bool interrupted = false;
  uint64_t events = 0;
};

void write_event(Session& session, std::string_view type, json data) {
  json event{{"ts", format_time_ms(session.host.now())}, {"seq", ++session.events}, {"type", type}};
  event.update(data);
  session.host.terminal.write_json(event, -1);
}

/// Ctrl-C: once sends nothing more and waits for the answers, twice gives them up.
Task<void> watch_signals(Session& session) {
  co_await session.signals.next();
  session.interrupted = true;
  session.live.erase();
  session.host.terminal.write_error("\nstopping (Ctrl-C again ends at once)\n");
  static_cast<void>(session.load.stop());  // stops at once; the main task waits for the end
  co_await session.signals.next();
  session.load.give_up();
}

/// The live line five times a second; an event once a second.
Task<void> show_progress(Session& session) {
  for (int tick = 1; session.load.running(); ++tick) {
    co_await sleep_for(milliseconds(200));
    if (session.host.terminal.output_failed()) static_cast<void>(session.load.stop());  // nobody reads it any more
    if (session.request.output == "text") {
      session.live.show(progress_line(session.load.snapshot(), session.plan.duration.count(), session.style));
    } else if (tick % 5 == 0) {
      json seen = load::to_json(session.load.snapshot());
      seen.erase("failures");
      write_event(session, "load-progress", std::move(seen));
    }
  }
}

bool shows_progress(const Session& session) {
  return session.request.output == "ndjson" || (session.request.output == "text" && session.style.rewrite);
}

Task<load::Report> wait_for_end(Session& session) {
  auto executor = co_await asio::this_coro::executor;
  Background signals(executor, watch_signals(session));
  Background progress;
  if (shows_progress(session)) progress = Background(executor, show_progress(session));
  load::Report report = co_await session.load.wait();
  progress.stop();
  if (shows_progress(session)) co_await progress.join();
  signals.stop();
  co_await signals.join();
  session.live.erase();
  co_return report;
}

json envelope(json metadata, json config, json results) {
  metadata["tool"] = "zdt-demo";
  metadata["command"] = "load";
  return {{"version", 1},
          {"metadata", std::move(metadata)},
          {"config", std::move(config)},
          {"results", std::move(results)}};
}

std::string_view word_of(const LoadEnd& end) {
  if (!end.error) return "passed";
  return end.error->code == Code::kFailed ? "failed" : "error";
}

json metadata_of(const host::Host& host, const load::Report& report, const LoadEnd& end) {
  json metadata{{"status", word_of(end)},
                {"exit_code", end.error ? exit_code_of(end.error->code) : 0},
                {"started", format_time_ms(report.started)},
                {"finished", format_time_ms(host.now())}};
  if (end.error) metadata["error"] = stage::to_json(*end.error);
  return metadata;
}

void write_report(Session& session, const load::Report& report, const LoadEnd& end) {
  host::Terminal& terminal = session.host.terminal;
  const std::string& output = session.request.output;
  if (output == "json") {
    terminal.write_json(envelope(metadata_of(session.host, report, end), to_json(session.plan),
                                 json::array({load::to_json(report)})));
  } else if (output == "ndjson") {
    json finished = metadata_of(session.host, report, end);
    finished["report"] = load::to_json(report);
    write_event(session, "load-finished", std::move(finished));
  } else if (output == "text") {
    for (const std::string& line : summary_lines(report, session.style)) terminal.write_styled(line + "\n");
    terminal.write("\n");
  }
  if (output == "text" || output == "quiet") terminal.write(end.line + "\n");
  if (end.error && output != "text" && output != "quiet") report_error(terminal, *end.error);
}

report::TerminalStyle style_for(const host::Host& host, const LoadRequest& request) {
  auto flag = report::parse_colour_flag(request.colour);
  return report::decide_style(flag ? *flag : report::ColourFlag::kAuto, host.environment,
                              host.terminal.output_is_terminal(), host.terminal.columns());
}

Task<int> run_session(host::Host& host, const LoadRequest& request) {
  auto plan = load_plan(host, request);
  if (!plan) co_return refuse_load(host, request, plan.error());
  auto executor = co_await asio::this_coro::executor;
  host::Interruptions signals(executor);
  auto started = load::Load::start(executor, *plan);
  if (!started) co_return refuse_load(host, request, started.error());
  const auto style = style_for(host, request);
  Session session{host, request, *plan, **started, signals, style, report::LiveLine(host.terminal, style)};
  if (request.output == "ndjson") write_event(session, "load-started", {{"config", to_json(*plan)}});
  const load::Report report = co_await wait_for_end(session);
  const LoadEnd end = end_of(report, session.interrupted, request.self_check == "fail");
  write_report(session, report, end);
  co_return end.error ? exit_code_of(end.error->code) : 0;
}

}  // namespace

int refuse_load(host::Host& host, const LoadRequest& request, const Error& error) {
  const json metadata{
      {"status", "error"}, {"exit_code", exit_code_of(error.code)}, {"error", stage::to_json(error)}};
  if (request.output == "json")
    host.terminal.write_json(envelope(metadata, json::object(), json::array()));
  return report_error(host.terminal, error);
}

Task<int> run_load(host::Host& host, LoadRequest request) {
  try {
    co_return co_await run_session(host, request);
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    const Error error{Code::kEnvironment, fmt::format("internal error: {}", failure.what()), ""};
    co_return refuse_load(host, request, error);
  }
}

}  // namespace zdt::cli
