// What a load reads of a URL before its first request.
#pragma once
#include <string>
#include <string_view>

#include "load/plan.h"

namespace zdt::load {

/// A bare host gets http://, as with curl, siege and hey; //HOST is what a link of a page may be.
std::string with_scheme(const std::string& url);

/// `text` without the user and the password of each URL in it ("http://user:secret@host/" → "http://host/"). For what is
/// shown.
std::string without_credentials(std::string_view text);

/// Reads target.url as libcurl will, and moves user and password out of it, so that they are shown nowhere. Fails kUsage: not
/// http://, no host, a port that is not 1 … 65535, or another form that libcurl cannot read. The message has no password.
Result<void> settle_url(Target& target);

}  // namespace zdt::load
