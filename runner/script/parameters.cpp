// The values of --set.
#include "base/text.h"
#include "script/lua.h"
#include "script/script.h"

namespace zdt::script {
namespace {

Result<json> typed_value(const json& model, const std::string& name, const std::string& text) {
  const Error bad{Code::kUsage, fmt::format("--set {}={}: want a {} like {}", name, text, model.type_name(), model.dump()), ""};
  if (model.is_string()) return json(text);
  if (model.is_boolean()) return text == "true" || text == "false" ? Result<json>(json(text == "true")) : Result<json>(bad);
  const auto parsed = parse_json(text, "");
  if (!parsed) return bad;
  const json& value = *parsed;
  const bool any_table = model.is_structured() && model.empty() && value.is_structured();  // {} may become a list
  if (model.is_number() ? !value.is_number() : value.type() != model.type() && !any_table) return bad;
  return value;
}

/// Whether `value` is one that the parameter may have.
Result<void> check_choice(const json& choices, const std::string& name, const json& value) {
  const json& allowed = array_at(choices, {name});
  if (allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return {};
  std::vector<std::string> words;
  for (const json& choice : allowed) words.push_back(plain_text(choice));
  const std::string near = nearest(plain_text(value), words);
  return Error{Code::kUsage, fmt::format("--set {}={}: want one of {}", name, plain_text(value), join(words, ", ")),
               near.empty() ? "" : fmt::format("did you mean --set {}={}?", name, near)};
}

}  // namespace

Result<json> with_values(const Declaration& declaration, const std::vector<std::string>& assignments) {
  const json& defaults = declaration.params;
  json params = defaults;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    if (equals == std::string::npos) return Error{Code::kUsage, fmt::format("--set {}: want name=value", assignment), ""};
    if (!defaults.contains(name)) {
      std::vector<std::string> names;
      for (const auto& [known, value] : defaults.items()) names.push_back(known);
      const std::string near = nearest(name, names);
      return Error{Code::kUsage, fmt::format("--set {}: the script has no such parameter (it has: {})", name, join(names, ", ")),
                   near.empty() ? "" : fmt::format("did you mean --set {}=…?", near)};
    }
    auto value = typed_value(defaults[name], name, assignment.substr(equals + 1));
    if (!value) return value.error();
    if (auto allowed = check_choice(declaration.choices, name, *value); !allowed) return allowed.error();
    params[name] = std::move(*value);
  }
  return params;
}

}  // namespace zdt::script
