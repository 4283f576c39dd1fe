#include "bundle/download.h"

#include <fcntl.h>

#include <cstring>

#include "bundle/sha256.h"
#include "host/unique_fd.h"

namespace zdt::bundle {
namespace {

constexpr int kMostRedirects = 5;

/// Where the bytes go; `failed` says why no more are taken.
struct Sink {
  host::UniqueFd fd;
  std::filesystem::path file;
  int64_t left = 0;
  Sha256 hash;
  std::optional<Error> failed;
  long status = 0;
  http::Tls tls = {};

  bool take(std::string_view bytes) {
    if (status != 200) return false;
    hash.add(bytes);
    left -= static_cast<int64_t>(bytes.size());
    if (left < 0) failed = Error{Code::kInvalid, "it is longer than it may be", ""};
    while (!bytes.empty() && !failed) {
      const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0)
        failed = Error{Code::kEnvironment,
                       fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)), ""};
      if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
    }
    return !failed;
  }
};

Task<Result<std::string>> fetch_into(http::Client& client, std::string url, Sink& sink) {
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    if (!url.starts_with("https://"))
      co_return Error{Code::kEnvironment, "only https:// is followed, not " + url, ""};
    http::Request request;
    request.url = url;
    request.tls = sink.tls;
    request.limit = std::chrono::minutes(10);
    request.on_headers = [&sink](long status, const http::Headers&) { sink.status = status; };
    request.on_data = [&sink](std::string_view piece) { return sink.take(piece); };
    auto answer = co_await client.send(std::move(request));
    if (sink.failed) co_return with_context(url, *sink.failed);
    if (!answer) co_return answer.error();
    const std::string location = answer->headers.get("Location");
    if (answer->status == 200) co_return sink.hash.hex();
    if (answer->status < 300 || answer->status >= 400 || location.empty()) {
      co_return Error{Code::kEnvironment, fmt::format("{} answers {}", url, answer->status), ""};
    }
    url = location;
  }
  co_return Error{Code::kEnvironment, url + ": too many redirects", ""};
}

}  // namespace

Task<Result<std::string>> download(http::Client& client, std::string url, std::filesystem::path file,
                                   int64_t limit, http::Tls tls) {
  Sink sink{.file = file, .left = limit, .tls = std::move(tls)};
  sink.fd.reset(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!sink.fd)
    co_return Error{Code::kEnvironment,
                    fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)), ""};
  auto sum = co_await fetch_into(client, std::move(url), sink);
  if (!sum) unlink(file.c_str());
  co_return sum;
}

}  // namespace zdt::bundle
