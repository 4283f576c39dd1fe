#include "host/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

namespace zdt::host {

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // when it is not allowed, the old one stays
}

std::string reason_of(int error) {
  if (error == ENFILE) return "too many open files on this machine";
  if (error != EMFILE) return std::strerror(error);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return fmt::format("too many open files: all {} that this process may have are in use", limit.rlim_cur);
}

Error system_error_of(const std::string& what, int error) {
  const char* hint = error == EMFILE ? "raise the limit before the start: ulimit -n 65536 (ulimit -Hn says how far)" : "";
  return {Code::kEnvironment, what + ": " + reason_of(error), hint};
}

}  // namespace zdt::host
