#include "base/error.h"

#include <stdexcept>

namespace zdt {

int exit_code_of(Code code) {
  switch (code) {
    case Code::kUsage:
    case Code::kScript: return 2;
    case Code::kEnvironment: return 3;
    case Code::kTimeout: return 4;
    case Code::kCancelled: return 130;
    default: return 1;
  }
}

std::string_view name_of(Code code) {
  switch (code) {
    case Code::kFailed: return "failed";
    case Code::kUsage: return "usage";
    case Code::kScript: return "script";
    case Code::kEnvironment: return "environment";
    case Code::kTimeout: return "timeout";
    case Code::kCancelled: return "cancelled";
    case Code::kNotFound: return "not-found";
    case Code::kConflict: return "conflict";
    case Code::kInvalid: return "invalid";
    case Code::kExpired: return "expired";
  }
  return "failed";
}

Error with_context(std::string_view context, Error error) {
  error.what = std::string(context) + ": " + error.what;
  return error;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.what);
}

}  // namespace zdt
