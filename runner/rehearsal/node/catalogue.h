// The image catalogue: what an image name stands for on this machine. A rehearsal cluster pulls nothing; an
// image is a list of host files, a command and defaults, as an image's configuration has them. File:
// manifests/rehearsal-images.yaml.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal {

/// reference    the name as the pod wrote it.   entrypoint, command  ENTRYPOINT and CMD; both may be empty.
/// user, group  numeric.   stop_signal  its number.   files  path in the container -> path on this machine.
struct Image {
  std::string reference;
  std::vector<std::string> entrypoint, command;
  std::map<std::string, std::string> env;
  std::map<std::string, std::string> files;
  uint32_t user = 0, group = 0;
  int stop_signal = 15;
  std::string working_dir = "/";
};

/// A signal's number from "SIGTERM", "TERM" or "15"; 0 for anything else.
int signal_number(const std::string& name);

class Catalogue {
 public:
  /// `variables`: what ${name} stands for. Fails kNotFound, kScript (malformed, or an unknown variable).
  static Result<Catalogue> load(const std::string& file, const std::map<std::string, std::string>& variables);
  /// `text` is the file's content, `source` its name in messages.
  static Result<Catalogue> parse(const std::string& text, const std::string& source,
                                 const std::map<std::string, std::string>& variables);

  /// The image of a reference "[docker.io/[library/]]name[:tag][@digest]"; no tag means "latest".
  /// Fails kNotFound (unknown name or tag, or a file of it is not there: not built); the message names what
  /// there is.
  Result<Image> find(const std::string& reference) const;

 private:
  Error unknown(const std::string& reference, const std::string& name) const;

  std::string source_;
  std::map<std::string, json> images_;
};

}  // namespace zdt::rehearsal
