#include "load/url_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "load/url.h"

namespace zdt::load {
namespace {

constexpr std::string_view kSpaces = " \t\r";
constexpr size_t kLongestLine = 1 << 20;
constexpr int kDeepest = 16, kMostExpansions = 1'000;

using Variable = std::function<std::optional<std::string>(const std::string&)>;

Error wrong_line(std::string what) { return {Code::kUsage, std::move(what), ""}; }

bool is_name(std::string_view text) {
  const auto allowed = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

/// Takes the first word off the front of `text`, and the white space around it.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kSpaces));
  text.remove_prefix(word.size());
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return word;
}

std::string content_type_of(const std::string& file) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> types{
      {{".json", "application/json"},
       {".xml", "application/xml"},
       {".txt", "text/plain"},
       {".html", "text/html"},
       {".csv", "text/csv"},
       {".urlencoded", "application/x-www-form-urlencoded"}}};
  for (const auto& [ending, type] : types) {
    if (file.ends_with(ending)) return std::string(type);
  }
  return "application/octet-stream";
}

class UrlFile {
 public:
  UrlFile(const host::fs::path& folder, const Variable& variable) : folder_(folder), variable_(variable) {}

  Result<void> read(std::string_view line) {
    const std::string text = trim(line);
    if (text.empty() || text.front() == '#') return {};
    const size_t equals = text.find('=');
    if (equals != text.npos && is_name(trim(text.substr(0, equals)))) {
      variables_[trim(text.substr(0, equals))] = trim(text.substr(equals + 1));
      return {};
    }
    expansions_ = 0;
    auto request = expanded(text, 0);
    if (!request) return request.error();
    return read_request(*request);
  }
  std::vector<Target> take() { return std::move(targets_); }

 private:
  /// A value is expanded where it is used, so that it may name variables that are set later, as in siege.
  Result<std::string> expanded(std::string_view text, int depth) {
    if (depth > kDeepest || ++expansions_ > kMostExpansions)
      return wrong_line("variables name each other without end");
    std::string result;
    for (size_t start = 0; start < text.size();) {
      const size_t dollar = text.find('$', start);
      result += text.substr(start, dollar - start);
      if (dollar == text.npos) break;
      const char open = dollar + 1 < text.size() ? text[dollar + 1] : ' ';
      const size_t end = open == '('   ? text.find(')', dollar)
                         : open == '{' ? text.find('}', dollar)
                                       : text.npos;
      const std::string name(end == text.npos ? "" : text.substr(dollar + 2, end - dollar - 2));
      start = is_name(name) ? end + 1 : dollar + 1;
      if (!is_name(name)) {
        result += '$';
        continue;
      }
      auto value = value_of(name, depth);
      if (!value) return value;
      result += *value;
      if (result.size() > kLongestLine) return wrong_line("a line of more than 1 MiB");
    }
    return result;
  }

  Result<std::string> value_of(const std::string& name, int depth) {
    const auto found = variables_.find(name);
    if (found != variables_.end()) return expanded(found->second, depth + 1);
    if (auto value = variable_(name)) return *value;
    return wrong_line(fmt::format("$({}) is not set", name));
  }

  Result<void> read_request(std::string_view text) {
    Target target;
    target.url = with_scheme(std::string(take_word(text)));
    if (text.starts_with('#')) text = "";
    if (!text.empty()) target.method = take_word(text);
    static constexpr std::array<std::string_view, 7> methods{"GET",   "HEAD",   "POST",   "PUT",
                                                             "PATCH", "DELETE", "OPTIONS"};
    if (std::find(methods.begin(), methods.end(), target.method) == methods.end())
      return wrong_line(
          fmt::format("want URL [METHOD [BODY | <FILE]], got \"{}\" for METHOD", target.method));
    if (auto body = read_body(text, target); !body) return body;
    add(std::move(target));
    return {};
  }

  Result<void> read_body(std::string_view text, Target& target) const {
    if (text.empty()) return {};
    if (!text.starts_with('<')) {
      target.body = text;
      target.content_type = "application/x-www-form-urlencoded";
      return {};
    }
    const std::string file = trim(text.substr(1));
    auto content = host::read_file(folder_ / file);
    if (!content) return wrong_line(content.error().what);
    target.body = std::move(*content);
    target.content_type = content_type_of(file);
    return {};
  }

  void add(Target target) {
    const auto [known, fresh] =
        numbers_.try_emplace({target.url, target.method, target.content_type, target.body}, targets_.size());
    if (fresh) {
      targets_.push_back(std::move(target));
    } else {
      ++targets_[known->second].weight;
    }
  }

  const host::fs::path& folder_;
  const Variable& variable_;
  std::map<std::string, std::string> variables_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, size_t> numbers_;
  std::vector<Target> targets_;
  int expansions_ = 0;
};

}  // namespace

Result<std::vector<Target>> parse_url_file(std::string_view text, const host::fs::path& folder,
                                           const Variable& variable) {
  UrlFile file(folder, variable);
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    if (auto read = file.read(line); !read) return with_context(fmt::format("line {}", number), read.error());
  }
  auto targets = file.take();
  if (targets.empty()) return wrong_line("there is no request in it");
  return targets;
}

}  // namespace zdt::load
