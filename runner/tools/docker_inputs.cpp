// What an image is built from, as one digest.
#include <openssl/evp.h>

#include <memory>

#include "base/text.h"
#include "tools/docker.h"

namespace zdt::tools {
namespace {

namespace fs = host::fs;

/// One segment of a path against one of a rule: * and ? as in Go's filepath.Match (the project's rules need
/// no [a-z]).
bool segments_match(const std::vector<std::string>& rule, size_t r, const std::vector<std::string>& path,
                    size_t p) {
  if (r == rule.size()) return p == path.size();
  if (rule[r] == "**") {
    for (size_t skipped = p; skipped <= path.size(); ++skipped) {
      if (segments_match(rule, r + 1, path, skipped)) return true;
    }
    return false;
  }
  return p < path.size() && glob_match(rule[r], path[p]) && segments_match(rule, r + 1, path, p + 1);
}

/// Whether the rule fits the path or a folder above it.
bool covers(const std::vector<std::string>& rule, std::vector<std::string> path) {
  for (; !path.empty(); path.pop_back()) {
    if (segments_match(rule, 0, path, 0)) return true;
  }
  return false;
}

std::vector<std::string> segments_of(std::string_view text) {
  std::vector<std::string> segments;
  for (std::string& segment : split(text, '/')) {
    if (!segment.empty() && segment != ".") segments.push_back(std::move(segment));
  }
  return segments;
}

class Sha256 {
 public:
  Sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  /// With its length before it, so that what follows cannot run into it.
  void add(std::string_view text) {
    const std::string length = std::to_string(text.size()) + ":";
    EVP_DigestUpdate(context_.get(), length.data(), length.size());
    EVP_DigestUpdate(context_.get(), text.data(), text.size());
  }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Result<std::vector<std::string>> ignore_rules(const fs::path& context) {
  auto text = host::read_file(context / ".dockerignore");
  if (!text && text.error().code == Code::kNotFound) return std::vector<std::string>();
  if (!text) return text.error();
  std::vector<std::string> rules;
  for (const std::string& line : split(*text, '\n')) {
    const std::string rule = trim(line);
    if (!rule.empty() && rule.front() != '#') rules.push_back(rule);
  }
  return rules;
}

/// The files that docker would be sent, sorted.
Result<std::vector<std::string>> context_files(const fs::path& context) {
  auto rules = ignore_rules(context);
  if (!rules) return rules.error();
  std::vector<std::string> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(context, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->is_directory() && !entry->is_symlink()) continue;
    std::string path = entry->path().lexically_relative(context).generic_string();
    if (!is_ignored(*rules, path)) files.push_back(std::move(path));
  }
  if (failure)
    return Error{Code::kEnvironment, fmt::format("cannot read {}: {}", context.string(), failure.message()),
                 ""};
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> add_file(Sha256& digest, const fs::path& file) {
  if (fs::is_symlink(file)) {
    digest.add(fs::read_symlink(file).string());
    return {};
  }
  auto content = host::read_file(file);
  if (!content) return content.error();
  const bool runs = (fs::status(file).permissions() & fs::perms::owner_exec) != fs::perms::none;
  digest.add(runs ? "x" : "-");
  digest.add(*content);
  return {};
}

}  // namespace

bool is_ignored(const std::vector<std::string>& rules, const std::string& path) {
  bool ignored = false;
  const auto segments = segments_of(path);
  for (const std::string& rule : rules) {
    const bool lets_in = rule.starts_with('!');
    if (covers(segments_of(std::string_view(rule).substr(lets_in ? 1 : 0)), segments)) ignored = !lets_in;
  }
  return ignored;
}

Result<std::string> inputs_of(const Build& build) {
  auto files = context_files(build.context);
  if (!files) return files.error();
  Sha256 digest;
  auto dockerfile = add_file(digest, build.file.empty() ? build.context / "Dockerfile" : build.file);
  if (!dockerfile) return dockerfile.error();
  for (const std::string& file : *files) {
    digest.add(file);
    auto added = add_file(digest, build.context / file);
    if (!added) return added.error();
  }
  for (const auto& [name, value] : build.args) digest.add(name + "=" + value);
  digest.add(build.target);
  return digest.hex();
}

}  // namespace zdt::tools
