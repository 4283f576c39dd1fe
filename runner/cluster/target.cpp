#include "cluster/target.h"

#include "base/json.h"
#include "base/text.h"
#include "cluster/context.h"
#include "cluster/kind.h"
#include "cluster/rehearsal.h"
#include "host/process.h"
#include "kube/client.h"

namespace zdt::cluster {

Task<Result<bool>> Target::down() {
  co_return Error{Code::kEnvironment, fmt::format("the cluster of {} is not ours to remove", name()), ""};
}

Task<Result<std::string>> Target::identity() {
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  kube::Query query{.kind = "namespaces", .name = "kube-system"};
  auto ns = co_await client.get(std::move(query));
  if (!ns) co_return ns.error();
  co_return string_at(*ns, {"metadata", "uid"});
}

Task<Result<bool>> Target::after_up(Result<bool> made) {
  if (!made || !entered_) co_return made;
  auto entered = co_await entered_();
  if (!entered) co_return entered.error();
  co_return made;
}

Task<std::string> Target::reason_to_recreate(std::string cluster) {
  const Recreation wanted = std::exchange(recreation_, {});
  if (wanted.always) co_return "--recreate";
  if (!wanted.ask) co_return "";
  const bool anew = co_await wanted.ask(fmt::format("{} exists. Remove it and make it anew?", cluster));
  if (anew) co_return "as asked";
  co_return "";
}

namespace {

constexpr milliseconds kPatience{2'000};

struct Question {
  std::vector<std::string> argv;
  std::string missing;  ///< "" when it answered
};

Task<void> ask(Question& question) {
  host::Command command;
  command.argv = question.argv;
  command.limit = kPatience;
  const std::string& program = question.argv.front();
  auto exit = co_await host::run(std::move(command));
  if (!exit && exit.error().code == Code::kTimeout) {
    question.missing = fmt::format("{} does not answer", program);
  } else if (!exit) {
    question.missing = fmt::format("{} does not start", program);
  } else if (!exit->ok()) {
    question.missing = program == "docker" ? "the Docker daemon does not answer"
                                           : fmt::format("{} exited {}", program, exit->code);
  }
}

/// All at once, on a loop of their own: the answer is wanted before there is anything to wait beside.
void ask_all(std::vector<Question>& questions) {
  asio::io_context loop;
  for (Question& question : questions) {
    asio::co_spawn(loop, ask(question), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  loop.run();
}

}  // namespace

AutoChoice choose_target(const host::Host& host) {
  const host::fs::path own_kubectl = host.tools / "bin/kubectl";
  const std::string kubectl = host::fs::exists(own_kubectl) ? own_kubectl.string() : "kubectl";
  std::vector<Question> questions{{{"docker", "version", "--format", "{{.Server.Version}}"}, ""},
                                  {{"kind", "version"}, ""},
                                  {{kubectl, "version", "--client"}, ""},
                                  {{"helm", "version", "--short"}, ""}};
  for (const Question& question : questions) {
    const std::string& program = question.argv.front();
    if (host::find_program(program).empty())
      return {"rehearsal", fmt::format("{} is not installed", program)};
  }
  ask_all(questions);
  for (const Question& question : questions) {
    if (!question.missing.empty()) return {"rehearsal", question.missing};
  }
  return {"kind", "docker, kind, kubectl and helm answer"};
}

namespace {

KindOptions kind_options(const TargetOptions& options) {
  KindOptions chosen;
  if (!options.kind_config.empty()) chosen.config = host::fs::absolute(options.kind_config);
  return chosen;
}

}  // namespace

Result<std::unique_ptr<Target>> make_target(host::Host& host, const std::string& wanted,
                                            TargetOptions options) {
  const std::string name = wanted == "auto" ? choose_target(host).name : wanted;
  if (name == "rehearsal") return std::unique_ptr<Target>(std::make_unique<Rehearsal>(host));
  if (name == "kind") return std::unique_ptr<Target>(std::make_unique<Kind>(host, kind_options(options)));
  if (name == "context:") return Error{Code::kUsage, "--on context: names no context", "--on context:NAME"};
  if (name.starts_with("context:")) {
    const host::fs::path file = options.kubeconfig.empty()
                                    ? kube::default_kubeconfig(host.env("KUBECONFIG"), host.env("HOME"))
                                    : host::fs::path(options.kubeconfig);
    return std::unique_ptr<Target>(std::make_unique<Context>(file, name.substr(8), name));
  }
  const std::string near = nearest(name, {"auto", "rehearsal", "kind", "context"});
  return Error{
      Code::kUsage, fmt::format("--on {}: no such target", name),
      near.empty() ? "--on auto, rehearsal, kind or context:NAME" : "did you mean --on " + near + "?"};
}

Result<std::unique_ptr<Target>> make_target(host::Host& host, const std::string& wanted,
                                            const std::string& kubeconfig) {
  return make_target(host, wanted, TargetOptions{.kubeconfig = kubeconfig});
}

}  // namespace zdt::cluster
