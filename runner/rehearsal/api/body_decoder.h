// Large bodies are parsed beside the loop: three megabytes of YAML take a second.
#pragma once
#include <boost/asio/thread_pool.hpp>

#include "host/task.h"
#include "rehearsal/api/content.h"

namespace zdt::rehearsal::api {

/// One thread, which works off what it is given in turn. Its end waits for the body that it is parsing, and forgets
/// the others; it must come before the loop's.
class BodyDecoder {
 public:
  /// decode(): on the loop when `body` is short, else on the thread. Throws Failure as decode() does.
  Task<json> decode(Format format, std::string body);

 private:
  asio::thread_pool thread_{1};
};

}  // namespace zdt::rehearsal::api
