// A file from an https:// URL, piece by piece.
#pragma once
#include "host/files.h"
#include "http/client.h"

namespace zdt::bundle {

/// Writes the answer to `file` (mode 0600), follows up to five redirects, https only, and returns its
/// SHA-256. Nothing stays when it fails: kEnvironment (no connection, a status that is not 200, the disk is
/// full), kTimeout (10 minutes), kInvalid (longer than `limit` bytes).   tls  the system's authorities by
/// default.
Task<Result<std::string>> download(http::Client& client, std::string url, std::filesystem::path file,
                                   int64_t limit, http::Tls tls);

}  // namespace zdt::bundle
