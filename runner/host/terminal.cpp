#include "host/terminal.h"

#include <fmt/format.h>

#include <cstring>

#include "base/ascii.h"

namespace zdt::host {

void Terminal::put_text(Channel channel, std::string_view written) {
  const std::string ascii = ascii_ ? to_ascii(written) : "";
  const std::string_view text = ascii_ ? ascii : written;
  if (channel == Channel::kOut) return put_out(out_(text));
  put(channel, err_(text));
}

void Terminal::write_json(const json& document, int indent) {
  write_json_text(document.dump(indent, ' ', false, json::error_handler_t::replace) + "\n");
}

void Terminal::write_json_text(std::string_view document) {
  put_out(harmless_json(document));
  out_ = {};  // it ends with a newline
}

void Terminal::put_out(std::string_view bytes) {
  if (output_errno_ == 0) output_errno_ = put(Channel::kOut, bytes);
}

std::optional<Error> Terminal::output_failure() {
  if (output_errno_ == 0) output_errno_ = flush_output();
  if (output_errno_ == 0) return std::nullopt;
  return Error{Code::kEnvironment, fmt::format("cannot write to standard output: {}", std::strerror(output_errno_)),
               output_errno_ == ENOSPC ? "df -h shows the space" : ""};
}

bool Terminal::reader_left() const { return output_errno_ == EPIPE; }

}  // namespace zdt::host
