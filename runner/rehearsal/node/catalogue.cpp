#include "rehearsal/node/catalogue.h"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "base/yaml.h"
#include "host/files.h"

namespace zdt::rehearsal {
namespace {

std::vector<std::string> strings_at(const json& object, Path path) {
  std::vector<std::string> texts;
  for (const json& entry : array_at(object, path))
    texts.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
  return texts;
}

void merge_strings(std::map<std::string, std::string>& into, const json& from) {
  for (const auto& [name, value] : from.items()) {
    into[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
}

/// Replaces each ${name}; the error names an unknown one.
Result<std::string> with_variables(std::string text, const std::string& source,
                                   const std::map<std::string, std::string>& variables) {
  for (size_t start = text.find("${"); start != std::string::npos; start = text.find("${", start)) {
    const size_t end = text.find('}', start);
    const std::string name = text.substr(start + 2, end == std::string::npos ? end : end - start - 2);
    const auto found = variables.find(name);
    if (end == std::string::npos || found == variables.end()) {
      return Error{Code::kScript, fmt::format("{}: nothing is known as ${{{}}}", source, name), ""};
    }
    text.replace(start, end - start + 1, found->second);
    start += found->second.size();
  }
  return text;
}

/// Replaces the variables in every string of `value`; comments of the file are not looked at.
Result<void> expand_strings(json& value, const std::string& source,
                            const std::map<std::string, std::string>& variables) {
  if (value.is_string()) {
    auto text = with_variables(value.get<std::string>(), source, variables);
    if (!text) return text.error();
    value = *text;
  }
  if (!value.is_structured()) return {};
  for (json& part : value) {
    if (auto done = expand_strings(part, source, variables); !done) return done;
  }
  return {};
}

struct Reference {
  std::string name, tag = "latest";
};

Reference parse_reference(std::string text) {
  text = text.substr(0, text.find('@'));
  for (const std::string_view prefix : {"docker.io/", "index.docker.io/", "library/"}) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  }
  Reference reference{text};
  const size_t colon = text.rfind(':');
  if (colon != std::string::npos && text.find('/', colon) == std::string::npos) {
    reference.name = text.substr(0, colon);
    reference.tag = text.substr(colon + 1);
  }
  return reference;
}

/// Lays `part` (the image, then its tag) over what is known already.
void apply(Image& image, const json& part) {
  if (part.contains("entrypoint")) image.entrypoint = strings_at(part, {"entrypoint"});
  if (part.contains("cmd")) image.command = strings_at(part, {"cmd"});
  merge_strings(image.env, object_at(part, {"env"}));
  merge_strings(image.files, object_at(part, {"files"}));
  image.user = static_cast<uint32_t>(int_at(part, {"user"}, image.user));
  image.group =
      static_cast<uint32_t>(int_at(part, {"group"}, part.contains("user") ? image.user : image.group));
  image.working_dir = string_at(part, {"working_dir"}, image.working_dir);
  if (const int number = signal_number(string_at(part, {"stop_signal"})); number > 0)
    image.stop_signal = number;
}

}  // namespace

int signal_number(const std::string& name) {
  int number = 0;
  if (std::from_chars(name.data(), name.data() + name.size(), number).ec == std::errc()) return number;
  const std::string word = name.starts_with("SIG") ? name.substr(3) : name;
  for (number = 1; number < NSIG; ++number) {
    const char* abbreviation = sigabbrev_np(number);
    if (abbreviation != nullptr && word == abbreviation) return number;
  }
  return 0;
}

Result<Catalogue> Catalogue::load(const std::string& file,
                                  const std::map<std::string, std::string>& variables) {
  auto text = host::read_file(file);
  if (!text) return with_context("image catalogue", text.error());
  return parse(*text, file, variables);
}

Result<Catalogue> Catalogue::parse(const std::string& text, const std::string& source,
                                   const std::map<std::string, std::string>& variables) {
  auto document = parse_yaml(text, source);
  if (!document) return document.error();
  if (auto expanded = expand_strings(*document, source, variables); !expanded) return expanded.error();
  Catalogue catalogue;
  catalogue.source_ = source;
  for (const json& image : array_at(*document, {"images"})) {
    const std::string name = string_at(image, {"name"});
    if (name.empty()) return Error{Code::kScript, source + ": an image without a name", ""};
    catalogue.images_[name] = image;
  }
  return catalogue;
}

Error Catalogue::unknown(const std::string& reference, const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& [known, image] : images_) names.push_back(known);
  const std::string meant = nearest(name, names);
  return {
      Code::kNotFound,
      fmt::format("image \"{}\" is not in the catalogue {}; {}", reference, source_,
                  meant.empty() ? "it has " + join(names, ", ") : fmt::format("did you mean \"{}\"?", meant)),
      ""};
}

Result<Image> Catalogue::find(const std::string& text) const {
  const Reference reference = parse_reference(text);
  const auto found = images_.find(reference.name);
  if (found == images_.end()) return unknown(text, reference.name);
  Image image;
  image.reference = text;
  apply(image, found->second);
  const json& tags = object_at(found->second, {"tags"});
  if (!tags.empty() && !tags.contains(reference.tag)) {
    std::vector<std::string> known;
    for (const auto& [tag, part] : tags.items()) known.push_back(tag);
    return Error{Code::kNotFound,
                 fmt::format("image \"{}\" has no tag \"{}\" in the catalogue {}; it has {}", reference.name,
                             reference.tag, source_, join(known, ", ")),
                 ""};
  }
  apply(image, object_at(tags, {reference.tag}));
  for (const auto& [inside, outside] : image.files) {
    if (access(outside.c_str(), R_OK) == 0) continue;
    return Error{Code::kNotFound, fmt::format("image \"{}\" needs {}, which is not there", text, outside),
                 "build it, or install it with `zdt-demo setup`"};
  }
  return image;
}

}  // namespace zdt::rehearsal
