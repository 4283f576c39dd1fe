#include "audit/script_parser.h"

#include <re2/re2.h>

#include <algorithm>

namespace zdt::audit {
namespace {

constexpr int kMostDepth = 60;
constexpr size_t kMostRounds = 1'000;

/// a, and b only when a ended well (or, with `otherwise`, badly).
Ending chained(const Ending& a, const Ending& b, bool otherwise) {
  const std::optional<Span>& goes_on = otherwise ? a.failed : a.ok;
  const std::optional<Span>& stays = otherwise ? a.ok : a.failed;
  const auto after = [&](const std::optional<Span>& part) {
    return goes_on && part ? std::optional(sum_of(*goes_on, *part)) : std::nullopt;
  };
  Ending ending{after(b.ok), after(b.failed), either_of(a.gone, after(b.gone))};
  (otherwise ? ending.ok : ending.failed) = either_of(otherwise ? ending.ok : ending.failed, stays);
  return ending;
}

Ending one_of(const Ending& a, const Ending& b) {
  return {either_of(a.ok, b.ok), either_of(a.failed, b.failed), either_of(a.gone, b.gone)};
}

std::optional<Span> whole_of(const Ending& ending) { return either_of(either_of(ending.ok, ending.failed), ending.gone); }

/// Both at the same time.
Span longer_of(const Span& a, const Span& b) {
  Span span{std::max(a.least, b.least), std::nullopt};
  if (a.most && b.most) span.most = std::max(*a.most, *b.most);
  return span;
}

constexpr Span kNothing{};

}  // namespace

bool ScriptParser::take_operator(std::string_view text) {
  if (!is_operator(text)) return false;
  ++at_;
  return true;
}

bool ScriptParser::take_word(std::string_view text) {
  if (!is_word(text)) return false;
  ++at_;
  return true;
}

void ScriptParser::skip_lines() {
  while (is_operator("\n") || is_operator(";")) ++at_;
}

bool ScriptParser::at_end_word() const {
  for (const char* word : {"then", "else", "elif", "fi", "do", "done", "esac", "}"}) {
    if (is_word(word)) return true;
  }
  return is_operator(")") || is_operator(";;");
}

/// What no list takes (a `)` or `fi` too many) is passed over, so that any text ends.
Ending ScriptParser::read() {
  Ending ending = list();
  while (more()) {
    ++at_;
    ending = followed_by(ending, list());
  }
  return ending;
}

Ending ScriptParser::list() {
  Ending ending{kNothing, {}, {}};
  for (skip_lines(); more() && !at_end_word(); skip_lines()) {
    const size_t before = at_;
    const Ending next = and_or();
    if (take_operator("&")) {
      const Span span = whole_of(next).value_or(kNothing);
      time_.background_ = longer_of(time_.background_.value_or(kNothing), span);
    } else {
      ending = followed_by(ending, next);
    }
    if (at_ == before) ++at_;
  }
  return ending;
}

Ending ScriptParser::and_or() {
  Ending ending = pipeline();
  while (is_operator("&&") || is_operator("||")) {
    const bool otherwise = tokens_[at_++].text == "||";
    skip_lines();
    ending = chained(ending, pipeline(), otherwise);
  }
  return ending;
}

Ending ScriptParser::pipeline() {
  const bool negated = take_word("!");
  Ending ending = command();
  while (take_operator("|")) {
    skip_lines();
    const Span before = whole_of(ending).value_or(kNothing);
    ending = command();
    for (auto* part : {&ending.ok, &ending.failed}) {
      if (*part) *part = longer_of(**part, before);
    }
  }
  if (negated) std::swap(ending.ok, ending.failed);
  return ending;
}

Ending ScriptParser::command() {
  if (++depth_ > kMostDepth) {
    --depth_;
    at_ = tokens_.size();
    return time_.unread("a command within commands");
  }
  Ending ending;
  if (take_word("if")) {
    ending = if_clause();
  } else if (is_word("while") || is_word("until")) {
    ending = loop();
  } else if (take_word("for")) {
    ending = counted_loop();
  } else if (take_word("case")) {
    ending = case_clause();
  } else if (take_word("{")) {
    ending = group("}");
  } else if (take_operator("(")) {
    ending = group(")");
    ending = {either_of(ending.ok, ending.gone), ending.failed, {}};
  } else {
    ending = simple();
  }
  --depth_;
  return ending;
}

Ending ScriptParser::group(std::string_view end) {
  Ending ending = list();
  if (end == ")") {
    take_operator(end);
  } else {
    take_word(end);
  }
  return ending;
}

Ending ScriptParser::if_clause() {
  const Ending condition = list();
  take_word("then");
  const Ending yes = list();
  Ending no{kNothing, {}, {}};
  if (is_word("elif") && depth_ <= kMostDepth) {
    ++at_;
    ++depth_;
    no = if_clause();  // it takes the fi
    --depth_;
  } else {
    if (take_word("else")) no = list();
    take_word("fi");
  }
  return one_of(chained({condition.ok, {}, condition.gone}, yes, false), chained({{}, condition.failed, {}}, no, true));
}

/// It waits: what is within pauses between two looks.
Ending ScriptParser::loop() {
  ++at_;
  const std::string unread = time_.unread_;
  list();
  take_word("do");
  list();
  take_word("done");
  time_.unread_ = unread;  // what it asks is what it waits for
  time_.waits_ = true;
  return {Span{milliseconds(0), std::nullopt}, {}, {}};
}

/// How often `for NAME in WORDS` goes round; nothing when that is only known later.
std::optional<size_t> ScriptParser::counted() {
  static const RE2 kSequence(R"(\$\(seq (?:1 )?([0-9]{1,4})\)|\{1\.\.([0-9]{1,4})\})", RE2::Latin1);
  size_t rounds = 0;
  bool known = true;
  for (; more() && !tokens_[at_].is_operator; ++at_) {
    std::string last, braced;
    if (RE2::FullMatch(tokens_[at_].text, kSequence, &last, &braced)) {
      rounds += std::stoul(last + braced);
    } else {
      known = known && tokens_[at_].text.find_first_of("$`*?{") == std::string::npos;
      ++rounds;
    }
  }
  return known ? std::optional(std::min(rounds, kMostRounds)) : std::nullopt;
}

Ending ScriptParser::counted_loop() {
  if (more()) ++at_;  // its variable
  const std::string unread = time_.unread_;
  const auto rounds = take_word("in") ? counted() : std::nullopt;
  skip_lines();
  take_word("do");
  const bool outer = std::exchange(breaks_, false);
  const Ending body = list();
  take_word("done");
  const bool breaks = std::exchange(breaks_, outer);
  if (!rounds || breaks || body.gone) {
    if (!rounds) time_.unread_ = unread;
    time_.waits_ = true;
    return {Span{milliseconds(0), std::nullopt}, {}, body.gone};
  }
  Span whole;
  const Span once = either_of(body.ok, body.failed).value_or(kNothing);
  for (size_t i = 0; i < *rounds; ++i) whole = sum_of(whole, once);
  return {whole, {}, {}};
}

Ending ScriptParser::case_clause() {
  while (more() && !is_word("in")) ++at_;
  take_word("in");
  Ending ending{kNothing, {}, {}};  // of no pattern that fits
  for (skip_lines(); more() && !is_word("esac"); skip_lines()) {
    while (more() && !is_operator(")") && !is_word("esac")) ++at_;
    if (!take_operator(")")) break;
    ending = one_of(ending, list());
    if (!take_operator(";;")) break;
  }
  take_word("esac");
  return ending;
}

Ending ScriptParser::function(const std::string& name) {
  ++at_;
  take_operator(")");
  skip_lines();
  Ending body = command();
  // `return` ends the function alone.
  body.ok = either_of(body.ok, body.gone);
  body.gone.reset();
  time_.functions_[name] = body;
  return {kNothing, {}, {}};
}

Ending ScriptParser::simple() {
  std::vector<std::string> words;
  std::string unknown;
  const bool asks = is_word("[[");
  for (; more(); ++at_) {
    const shell::Token& token = tokens_[at_];
    if (token.is_operator && !asks) break;
    if (token.is_operator && token.text == "\n") break;
    if (words.empty() && shell::is_assignment(token)) {
      time_.assign(token.text);
      continue;
    }
    const auto value = time_.expanded(token.text);
    if (!value) unknown = token.text;
    words.push_back(value.value_or("?"));
    if (asks && token.text == "]]") {
      ++at_;
      break;
    }
  }
  if (words.size() == 1 && is_operator("(")) return function(words.front());
  if (words.size() == 1 && words.front() == "break") breaks_ = true;
  if (words.empty()) return {kNothing, {}, {}};
  return time_.run(words);
}

}  // namespace zdt::audit
