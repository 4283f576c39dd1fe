// Texts whose decoder refuses what it cannot read: times and base64 (Go's time.Parse, encoding/base64).
#pragma once
#include <string>

namespace zdt::rehearsal::api {

/// "" for RFC 3339, else the decoder's words.
std::string broken_time(const std::string& text);
std::string broken_micro_time(const std::string& text);
/// "" for standard base64 with its padding, else "illegal base64 data at input byte 4".
std::string broken_base64(const std::string& text);

}  // namespace zdt::rehearsal::api
