// What `run` and `resume` are asked for on the command line.
#pragma once
#include <string>
#include <vector>

namespace zdt::cli {

/// on           rehearsal, kind, context:NAME or auto.   set  "k=v".   output  text, json, ndjson or quiet.
/// reports      "junit=PATH", "json=PATH".   granularity  step or assertion.   colour  auto, always or never.
/// from … skip  see stage::Options.   timeout  of each step without one of its own; "": 10 minutes.
/// patience     how long a cause that does not pass by itself (ImagePullBackOff) may hold up a wait; "": a minute.
/// kind_config  what a Kind cluster is made from; "": manifests/kind-config.yaml.
/// list         show the steps.   dry_run  show what they would do.   recreate  a cluster of ours that exists is made anew.
/// env          "K=V" (K not empty), for what the script starts through zdt.shell.   restart  gives the newest unfinished run up.
/// fail_fast    a failure stops the steps that run beside it.
/// bundle       the file that zdt.bundle takes from; "": none.
/// wait         for the end of another run on the cluster: "true", or at most so long; "": no.   steal  takes the cluster over.
/// step         one key per step.   ci  no questions, no colour, no live line.
struct RunRequest {
  std::string script, on = "auto", kubeconfig, kind_config, allow_context, bundle;
  std::vector<std::string> set, set_file, reports, env;
  std::string output = "text", granularity = "step", colour = "auto";
  std::string from, until, only, skip, timeout, patience, wait;
  bool step = false, ci = false, keep = false, dry_run = false, list = false, recreate = false, pause_on_failure = false;
  bool restart = false, fail_fast = false, steal = false;
};

}  // namespace zdt::cli
