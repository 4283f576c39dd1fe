// The docker command line: https://docs.docker.com/reference/cli/docker/
#pragma once
#include "host/files.h"
#include "tools/runner.h"

namespace zdt::tools {

/// One image build. context  the folder.   file  the Dockerfile; "": <context>/Dockerfile.   target  a stage
/// of it;
/// "": the last.   args  build arguments. They stand in the image's history and in the argument list: no
/// secrets.
struct Build {
  host::fs::path context, file;
  std::string tag, target;
  std::map<std::string, std::string> args;
};

/// The label that keeps what an image was built from.
inline constexpr std::string_view kInputsLabel = "zdt.dev/inputs";

host::Command docker_server_version();
/// Succeeds when docker has the component that BuildKit's builds need. A docker of 23 or newer has it as a package of its
/// own; without it `docker build` knows no --progress (https://docs.docker.com/build/builders/#buildx).
host::Command docker_buildx_version();
/// inputs  for the label; "": without.   buildx  false: by the legacy builder, whose steps look the same to by_lines().
host::Command docker_build(const Build& build, const std::string& inputs, bool buildx = true);
host::Command docker_tag(const std::string& image, const std::string& tag);
host::Command docker_load(const host::fs::path& archive);
host::Command docker_save(const std::vector<std::string>& images, const host::fs::path& file);
host::Command docker_push(const std::string& image);
/// Prints one field of a local image, as a Go template has it.
host::Command docker_inspect(const std::string& image, const std::string& format);

/// Whether the daemon answers, and is new enough (20.10, as kind wants it). The version, "" in a plan.
/// Fails kEnvironment, with what to do.
Task<Result<std::string>> docker_version(Runner runner);

/// Builds the image, unless one with this tag was built from the same inputs: the context's files that
/// .dockerignore lets in, the Dockerfile, arguments and target. True when it was built now.
Task<Result<bool>> build_image(Runner runner, Build build, OnLine on_line);

/// The image's id ("sha256:…"), or "" when there is no such image here.
Task<Result<std::string>> image_id(Runner runner, std::string image);

/// A digest of everything that a build depends on. Fails kEnvironment: a file that cannot be read.
Result<std::string> inputs_of(const Build& build);

/// Whether the rules of a .dockerignore keep `path` (relative, with slashes) out of the context. The last
/// rule that fits the path, or a folder above it, decides; ! lets in again.
/// https://docs.docker.com/build/concepts/context/#dockerignore-files
bool is_ignored(const std::vector<std::string>& rules, const std::string& path);

}  // namespace zdt::tools
