#include "load/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace zdt::load {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlCleanup>;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

/// A URL that cannot be read may have its password anywhere before an @.
std::string shown(const std::string& url) {
  const size_t scheme = url.find("://"), at = url.rfind('@');
  if (at == url.npos) return url;
  return (scheme == url.npos || scheme > at ? "" : url.substr(0, scheme + 3)) + url.substr(at + 1);
}

Error wrong_url(const std::string& url, const std::string& why) {
  const std::string reason = why.empty() ? "" : ": " + why;
  return {Code::kUsage, fmt::format("load: url must be http://HOST[:PORT]/PATH, got \"{}\"{}", shown(url), reason),
          url.starts_with("https://") ? "point the load at the plain HTTP port" : ""};
}

}  // namespace

std::string with_scheme(const std::string& url) {
  if (url.find("://") != std::string::npos) return url;
  return (url.starts_with("//") ? "http:" : "http://") + url;
}

std::string without_credentials(std::string_view text) {
  std::string clean;
  while (true) {
    const size_t scheme = text.find("://");
    if (scheme == text.npos) return clean.append(text);
    clean += text.substr(0, scheme + 3);
    text.remove_prefix(scheme + 3);
    const size_t at = text.substr(0, text.find_first_of("/?# \t\"}")).rfind('@');
    if (at != text.npos) text.remove_prefix(at + 1);
  }
}

Result<void> settle_url(Target& target) {
  if (!target.url.starts_with("http://") || target.url.size() == 7 || target.url[7] == '/' ||
      target.url.find_first_of(std::string_view(" \r\n\0", 4)) != target.url.npos)
    return wrong_url(target.url, "");
  const UrlHandle url(curl_url());
  if (!url) return Error{Code::kEnvironment, "load: libcurl has no memory to read a URL", ""};
  const CURLUcode read = curl_url_set(url.get(), CURLUPART_URL, target.url.c_str(), CURLU_PATH_AS_IS);
  if (read != CURLUE_OK) return wrong_url(target.url, curl_url_strerror(read));
  if (part_of(url.get(), CURLUPART_HOST).empty()) return wrong_url(target.url, "there is no host in it");
  const std::string port = part_of(url.get(), CURLUPART_PORT);
  if (!port.empty() && std::stoul(port) == 0) return wrong_url(target.url, "want port 1 to 65535, got 0");
  target.user = part_of(url.get(), CURLUPART_USER, CURLU_URLDECODE);
  target.password = part_of(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  target.url = without_credentials(target.url);
  return {};
}

}  // namespace zdt::load
