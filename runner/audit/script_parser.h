// The grammar of a shell's script, walked along once: lists, pipelines, if, case, loops, groups and functions.
#pragma once
#include "audit/script_time.h"

namespace zdt::audit {

class ScriptParser {
 public:
  /// Both must outlive it.
  ScriptParser(ScriptTime& time, std::string_view script) : time_(time), tokens_(shell::tokens_of(script)) {}
  Ending read();

 private:
  bool more() const { return at_ < tokens_.size(); }
  bool is_operator(std::string_view text) const { return more() && tokens_[at_].is_operator && tokens_[at_].text == text; }
  bool is_word(std::string_view text) const {
    return more() && !tokens_[at_].is_operator && !tokens_[at_].quoted && tokens_[at_].text == text;
  }
  bool take_operator(std::string_view text);
  bool take_word(std::string_view text);
  void skip_lines();
  bool at_end_word() const;

  Ending list();
  Ending and_or();
  Ending pipeline();
  Ending command();
  Ending simple();
  Ending if_clause();
  Ending loop();
  Ending counted_loop();
  Ending case_clause();
  Ending group(std::string_view end);
  Ending function(const std::string& name);
  std::optional<size_t> counted();

  ScriptTime& time_;
  std::vector<shell::Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  bool breaks_ = false;
};

}  // namespace zdt::audit
