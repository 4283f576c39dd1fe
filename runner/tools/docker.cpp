#include "tools/docker.h"

#include "base/text.h"

namespace zdt::tools {
namespace {

constexpr milliseconds kDockerQuick{20'000}, kDockerLong{1'800'000};

host::Command docker(std::vector<std::string> arguments, milliseconds limit) {
  host::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), "docker");
  command.limit = limit;
  return command;
}

}  // namespace

host::Command docker_server_version() {
  return docker({"version", "--format", "{{.Server.Version}}"}, kDockerQuick);
}

host::Command docker_buildx_version() { return docker({"buildx", "version"}, kDockerQuick); }

host::Command docker_build(const Build& build, const std::string& inputs, bool buildx) {
  const host::fs::path file = build.file.empty() ? build.context / "Dockerfile" : build.file;
  std::vector<std::string> arguments{"build"};
  if (buildx) arguments.insert(arguments.end(), {"--progress", "plain"});
  arguments.insert(arguments.end(), {"--file", file.string(), "--tag", build.tag});
  for (const auto& [name, value] : build.args)
    arguments.insert(arguments.end(), {"--build-arg", name + "=" + value});
  if (!build.target.empty()) arguments.insert(arguments.end(), {"--target", build.target});
  if (!inputs.empty())
    arguments.insert(arguments.end(), {"--label", fmt::format("{}={}", kInputsLabel, inputs)});
  arguments.push_back(build.context.string());
  host::Command command = docker(std::move(arguments), kDockerLong);
  if (!buildx) command.env = {{"DOCKER_BUILDKIT", "0"}};  // whatever the user's environment asks for
  return command;
}

host::Command docker_tag(const std::string& image, const std::string& tag) {
  return docker({"tag", image, tag}, kDockerQuick);
}

host::Command docker_load(const host::fs::path& archive) {
  return docker({"load", "--input", archive.string()}, kDockerLong);
}

host::Command docker_save(const std::vector<std::string>& images, const host::fs::path& file) {
  std::vector<std::string> arguments{"save", "--output", file.string()};
  arguments.insert(arguments.end(), images.begin(), images.end());
  return docker(std::move(arguments), kDockerLong);
}

host::Command docker_push(const std::string& image) { return docker({"push", image}, kDockerLong); }

host::Command docker_inspect(const std::string& image, const std::string& format) {
  return docker({"image", "inspect", "--format", format, image}, kDockerQuick);
}

Task<Result<std::string>> docker_version(Runner runner) {
  auto exit = co_await run_tool(std::move(runner), docker_server_version(), "docker");
  if (!exit && exit.error().code == Code::kTimeout) {
    co_return Error{Code::kEnvironment, "the Docker daemon does not answer: " + exit.error().what,
                    "restart Docker"};
  }
  if (!exit) co_return exit.error();
  const std::string text = trim(exit->out);
  const auto version = version_of(text);
  if (version && *version < std::pair(20, 10)) {
    co_return Error{Code::kEnvironment, fmt::format("docker is too old: want 20.10, found {}", text),
                    "https://docs.docker.com/engine/install/"};
  }
  co_return text;
}

namespace {

/// What docker says of a local image; "" when there is none.
Task<Result<std::string>> inspected(Runner runner, std::string image, std::string format) {
  auto exit = co_await runner(docker_inspect(image, format));
  if (!exit) {
    co_return Error{exit.error().code, fmt::format("docker image inspect {}: {}", image, exit.error().what),
                    exit.error().hint};
  }
  if (exit->ok()) co_return trim(exit->out);
  if (lower(exit->err).find("no such image") != std::string::npos) co_return std::string();
  co_return tool_failure("docker image inspect " + image, *exit);
}

}  // namespace

Task<Result<std::string>> image_id(Runner runner, std::string image) {
  auto id = co_await inspected(std::move(runner), std::move(image), "{{.Id}}");
  co_return id;
}

Task<Result<bool>> build_image(Runner runner, Build build, OnLine on_line) {
  auto inputs = inputs_of(build);
  if (!inputs) co_return inputs.error();
  std::string format = fmt::format("{{{{index .Config.Labels \"{}\"}}}}", kInputsLabel);
  auto built_from = co_await inspected(runner, build.tag, std::move(format));
  if (!built_from) co_return built_from.error();
  if (*built_from == *inputs) co_return false;
  auto buildx = co_await runner(docker_buildx_version());
  if (!buildx) co_return with_context("docker buildx version", buildx.error());
  host::Command command = docker_build(build, *inputs, buildx->ok());
  if (on_line) command.on_output = by_lines(std::move(on_line));
  std::string what = "docker build of " + build.tag;
  auto exit = co_await run_tool(std::move(runner), std::move(command), std::move(what));
  if (!exit) co_return exit.error();
  co_return true;
}

}  // namespace zdt::tools
