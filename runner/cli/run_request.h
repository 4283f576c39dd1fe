// What `run` and `resume` are asked for on the command line.
#pragma once
#include <string>
#include <vector>

namespace zdt::cli {

/// on           rehearsal, kind, context:NAME or auto.   set  "k=v".   output  text, json, ndjson or quiet.
/// reports      "junit=PATH", "json=PATH".   granularity  step or assertion.   colour  auto, always or never.
/// from … skip  see stage::Options.   timeout  of each step without one of its own; "": 10 minutes.
/// step         one key per step.   ci  no questions, no colour, no live line.
struct RunRequest {
  std::string script, on = "auto", kubeconfig, allow_context;
  std::vector<std::string> set, set_file, reports;
  std::string output = "text", granularity = "step", colour = "auto";
  std::string from, until, only, skip, timeout;
  bool step = false, ci = false, keep = false, dry_run = false, pause_on_failure = false;
};

}  // namespace zdt::cli
