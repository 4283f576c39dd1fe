// The causes that a person can do something about, by the words that the tools have for them.
#include "base/text.h"
#include "tools/runner.h"

namespace zdt::tools {
namespace {

/// sign  lower case, anywhere in the tool's output.
struct Cause {
  std::string_view sign, sentence, hint;
};

// Docker Hub: https://docs.docker.com/docker-hub/usage/pulls/. The others are the messages of moby, kind and
// helm (helm/helm pkg/repo: "looks like %q is not a valid chart repository or cannot be reached").
constexpr Cause kCauses[] = {
    {"toomanyrequests", "Docker Hub's quota of pulls is used up",
     "docker login raises it; or wait up to 6 hours, or take the images from a bundle (--bundle FILE)"},
    {"pull rate limit", "Docker Hub's quota of pulls is used up",
     "docker login raises it; or wait up to 6 hours, or take the images from a bundle (--bundle FILE)"},
    {"no space left on device", "the disk is full",
     "docker system df shows what takes the room, docker system prune frees it"},
    {"permission denied while trying to connect to the docker", "this user may not talk to the Docker daemon",
     "sudo usermod -aG docker $USER, then log in again"},
    {"cannot connect to the docker daemon", "the Docker daemon does not answer",
     "start it: sudo systemctl start docker (Docker Desktop, or colima start, on a Mac)"},
    {"failed to connect to the docker api", "the Docker daemon does not answer",
     "start it: sudo systemctl start docker (Docker Desktop, or colima start, on a Mac)"},
    {"buildx component is missing", "docker has no builder",
     "install buildx (apt-get install docker-buildx, or docker-buildx-plugin of Docker's own packages): "
     "https://docs.docker.com/go/buildx/"},
    {"unauthorized: ", "the registry requires a login", "docker login REGISTRY"},
    {"no basic auth credentials", "the registry requires a login", "docker login REGISTRY"},
    {"requested access to the resource is denied",
     "the registry does not let this user in, or has no such repository", "docker login REGISTRY"},
    {"is not a valid chart repository or cannot be reached", "the chart repository cannot be reached",
     "is the network there? Without one: --bundle FILE"},
    {"no such host", "the network, or its DNS, does not answer",
     "is the network there? Without one: --bundle FILE"},
    {"dial tcp", "the network does not answer", "is the network there? Without one: --bundle FILE"},
    {"port is already allocated", "a port that the cluster wants on this machine is taken",
     "free it, or choose another hostPort in manifests/kind-config.yaml"},
    {"address already in use", "a port that the cluster wants on this machine is taken",
     "free it, or choose another hostPort in manifests/kind-config.yaml"},
};

/// The last line that holds the sign.
std::string line_with(const host::Exit& exit, std::string_view sign) {
  std::string found;
  for (const std::string* text : {&exit.out, &exit.err}) {
    for (const std::string& line : split(*text, '\n')) {
      if (lower(line).find(sign) != std::string::npos) found = last_error_line({.err = line});
    }
  }
  return found;
}

}  // namespace

Error tool_failure(std::string_view what, const host::Exit& exit) {
  const std::string said = lower(exit.err) + "\n" + lower(exit.out), line = last_error_line(exit);
  for (const Cause& cause : kCauses) {
    if (said.find(cause.sign) == std::string::npos) continue;
    return {Code::kEnvironment, fmt::format("{}: {} ({})", what, cause.sentence, line_with(exit, cause.sign)),
            std::string(cause.hint)};
  }
  if (exit.signal != 0)
    return {Code::kFailed, fmt::format("{} was killed (signal {}) after: {}", what, exit.signal, line), ""};
  if (line.empty()) return {Code::kFailed, fmt::format("{} exited {} and said nothing", what, exit.code), ""};
  return {Code::kFailed, fmt::format("{}: {}", what, line), ""};
}

}  // namespace zdt::tools
