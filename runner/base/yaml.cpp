#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <istream>
#include <streambuf>

#include "base/json_limits.h"
#include "base/utf8.h"
#include "base/yaml_scalar.h"

namespace zdt {
namespace {

constexpr const char* kStringTag = "tag:yaml.org,2002:str";

/// A value as a document wrote it.   text  of a scalar, for when it is a key.   values  in it, itself included.
struct Written {
  json value;
  std::string text;
  size_t values = 1;
  bool scalar = false, plain = false;
};

/// A list or mapping that has not ended yet.   merged  what `<<` brought in.
struct Open {
  json value;
  json merged = json::object();
  std::string key;
  bool has_key = false, merges = false;
  YAML::Mark mark;
  YAML::anchor_t anchor = 0;
  size_t first_value = 0;
};

/// Builds the documents from the parser's events, so that nothing is built before it is counted.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(YamlLimits limits) : limits_(limits) {}
  std::vector<PlacedDocument> take_documents() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark&) override {
    anchored_.clear();
    item_lines_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add_new(mark, anchor, Written{}); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchored_.find(anchor);
    if (limits_.alias_bytes == 0) fail(mark, "aliases are not accepted here");
    if (named == anchored_.end()) fail(mark, "an alias inside of what it names");
    count_copy(mark, named->second.value);
    count(mark, named->second.values);
    note_item(0);
    if (is_deeper_than(named->second.value, limits_.depth - static_cast<int>(open_.size()))) fail_depth(mark);
    add(mark, 0, Written(named->second));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    // JSON is not written of anything else, and kubectl refuses it too ("yaml: invalid leading UTF-8 octet").
    if (!is_utf8(text)) fail(mark, "a text that is not UTF-8");
    const bool plain = tag != "!" && tag != kStringTag;  // else quoted, or said to be a string
    add_new(mark, anchor, Written{plain ? plain_scalar(text) : json(text), text, 1, true, tag != "!"});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    start(mark, anchor, json::array());
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    start(mark, anchor, json::object());
  }
  void OnMapEnd() override { end(); }

 private:
  [[noreturn]] static void fail(const YAML::Mark& mark, const std::string& why) { throw YAML::ParserException(mark, why); }
  [[noreturn]] void fail_depth(const YAML::Mark& mark) const {
    fail(mark, fmt::format("nested deeper than {} levels", limits_.depth));
  }

  void count(const YAML::Mark& mark, size_t more) {
    values_ += more;
    if (values_ > limits_.values) fail(mark, fmt::format("more than {} values", limits_.values));
  }

  /// An alias copies what its anchor names, and so does the anchor, to have it when the alias comes.
  void count_copy(const YAML::Mark& mark, const json& value) {
    alias_bytes_ += memory_of(value, limits_.alias_bytes - alias_bytes_);
    if (alias_bytes_ > limits_.alias_bytes) fail(mark, fmt::format("anchors and aliases for more than {} bytes", limits_.alias_bytes));
  }

  void add_new(const YAML::Mark& mark, YAML::anchor_t anchor, Written written) {
    count(mark, 1);
    add(mark, anchor, std::move(written));
  }

  void start(const YAML::Mark& mark, YAML::anchor_t anchor, json empty) {
    if (expects_key()) fail(mark, "a key must be a word");
    if (open_.size() >= static_cast<size_t>(limits_.depth)) fail_depth(mark);
    count(mark, 1);
    note_item(mark.line + 1);
    Open open;
    open.value = std::move(empty);
    open.mark = mark;
    open.anchor = anchor;
    open.first_value = values_;
    open_.push_back(std::move(open));
  }

  void end() {
    Open open = std::move(open_.back());
    open_.pop_back();
    for (auto& [key, value] : open.merged.items()) open.value.emplace(key, std::move(value));
    add(open.mark, open.anchor, Written{std::move(open.value), "", values_ - open.first_value + 1});
  }

  /// An entry of the document's `items` begins.
  void note_item(int line) {
    const bool in_items = open_.size() == 2 && open_[0].value.is_object() && open_[0].key == "items" && open_[1].value.is_array();
    if (in_items) item_lines_.push_back(line);
  }

  bool expects_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().has_key; }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Written written) {
    if (anchor != 0 && limits_.alias_bytes > 0) {
      count_copy(mark, written.value);
      anchored_[anchor] = written;
    }
    if (open_.empty()) {
      if (!written.value.is_null())
        documents_.push_back({std::move(written.value), mark.line + 1, std::move(item_lines_)});
    } else if (expects_key()) {
      take_key(mark, written);
    } else if (open_.back().value.is_array()) {
      open_.back().value.push_back(std::move(written.value));
    } else {
      add_member(mark, std::move(written.value));
    }
  }

  /// JSON's keys are strings: 1 becomes "1" and yes "true", as kubectl has it.
  void take_key(const YAML::Mark& mark, const Written& written) {
    if (!written.scalar) fail(mark, "a key must be a word");
    Open& open = open_.back();
    open.has_key = true;
    open.merges = written.plain && written.text == "<<";
    if (open.merges) return;
    const json& key = written.value;
    open.key = key.is_boolean() || key.is_number_integer() ? key.dump() : written.text;
    if (open.value.contains(open.key)) fail(mark, fmt::format("key \"{}\" stands twice", excerpt(open.key)));
  }

  void add_member(const YAML::Mark& mark, json value) {
    Open& open = open_.back();
    open.has_key = false;
    if (open.merges) return merge(mark, value);
    open.value[open.key] = std::move(value);
  }

  /// What `<<: *base` or `<<: [*first, *second]` brings in: the first one that has a key wins.
  void merge(const YAML::Mark& mark, const json& from) {
    const json alone = from.is_array() ? json() : json::array({from});
    for (const json& part : from.is_array() ? from : alone) {
      if (!part.is_object()) fail(mark, "<< merges mappings only");
      for (const auto& [key, value] : part.items()) open_.back().merged.emplace(key, value);
    }
  }

  YamlLimits limits_;
  std::vector<PlacedDocument> documents_;
  std::vector<int> item_lines_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Written> anchored_;
  size_t values_ = 0, alias_bytes_ = 0;
};

/// Reads what it is given, without a copy of it.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // never written to: it is only read from
    setg(begin, begin, begin + text.size());
  }
};

/// A carriage return by itself ends a line as well, and yaml-cpp does not take it for one.
/// https://yaml.org/spec/1.2.2/#54-line-break-characters
bool has_lone_return(std::string_view text) {
  for (size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] != '\n') return true;
  }
  return false;
}

std::string with_line_feeds(std::string_view text) {
  std::string unified(text);
  for (size_t i = 0; i < unified.size(); ++i) {
    if (unified[i] == '\r' && (i + 1 == unified.size() || unified[i + 1] != '\n')) unified[i] = '\n';
  }
  return unified;
}

}  // namespace

Result<std::vector<PlacedDocument>> parse_placed_documents(std::string_view text, std::string_view source, YamlLimits limits) {
  Builder builder(limits);
  const std::string unified = has_lone_return(text) ? with_line_feeds(text) : "";
  try {
    TextBuffer buffer(unified.empty() ? text : unified);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const YAML::Exception& failure) {
    return Error{Code::kScript,
                 fmt::format("{}:{}:{}: {}", source, failure.mark.line + 1, failure.mark.column + 1, excerpt(failure.msg)), ""};
  }
  return builder.take_documents();
}

Result<std::vector<json>> parse_yaml_documents(std::string_view text, std::string_view source, YamlLimits limits) {
  auto placed = parse_placed_documents(text, source, limits);
  if (!placed) return placed.error();
  std::vector<json> documents;
  documents.reserve(placed->size());
  for (PlacedDocument& document : *placed) documents.push_back(std::move(document.value));
  return documents;
}

Result<json> parse_yaml(std::string_view text, std::string_view source, YamlLimits limits) {
  auto documents = parse_yaml_documents(text, source, limits);
  if (!documents) return documents.error();
  if (documents->size() != 1) {
    return Error{Code::kScript, fmt::format("{}: want one YAML document, got {}", source, documents->size()), ""};
  }
  return std::move(documents->front());
}

}  // namespace zdt
