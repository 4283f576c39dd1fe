// A Dockerfile, as far as it decides what PID 1 is and which signal stops it.
// https://docs.docker.com/reference/dockerfile/
#pragma once
#include "audit/finding.h"

namespace zdt::audit {

/// keyword  upper case.  arguments  continuation lines joined by a space, comments dropped.
/// first, last  its lines, from 1.
struct Instruction {
  std::string keyword, arguments;
  int first = 0, last = 0;
};

/// Every instruction; here-documents belong to theirs. Reads any text; what is no instruction has an odd
/// keyword.
std::vector<Instruction> instructions_of(std::string_view text);

/// ENTRYPOINT or CMD. shell_form  it is run by /bin/sh -c (or SHELL); else `argv` is what is run.
struct Launch {
  bool shell_form = false;
  std::vector<std::string> argv;
  Instruction instruction;
};

/// The last stage, with what it takes over from the stages of this file that it is built from.
/// base  the image at their root, as written.
struct ImageView {
  std::string name, base;
  std::optional<Launch> entrypoint, command;
  std::optional<Instruction> stop_signal;
  int last_line = 0;

  /// The instruction that decides what PID 1 is; null when the base image does.
  const Launch* launch() const { return entrypoint ? &*entrypoint : command ? &*command : nullptr; }
};

ImageView image_of(const DockerfileText& file);
/// What findings call it.
ObjectName object_of(const ImageView& image);
/// The last part of a path or an image's name: nginx of /usr/sbin/nginx.
std::string program_name(const std::string& path);

/// The file after `edit`.
std::string edited(std::string_view text, const LineEdit& edit);

}  // namespace zdt::audit
