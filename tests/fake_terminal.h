// A terminal that keeps what is written and types keys that were laid ready.
#pragma once
#include <deque>

#include "host/terminal.h"

namespace zdt {

class FakeTerminal : public host::Terminal {
 public:
  bool output_is_terminal() const override { return is_terminal; }
  bool input_is_terminal() const override { return is_terminal || person; }
  int columns() const override { return 80; }
  /// The end of input after the last key.
  Task<std::optional<std::string>> read_key() override {
    keys.insert(keys.begin(), early.begin(), early.end());
    early.clear();
    if (keys.empty()) co_return std::nullopt;
    std::string key = keys.front();
    keys.pop_front();
    co_return key;
  }
  /// One key for each character.
  void type(std::string_view text) {
    for (char c : text) keys.emplace_back(1, c);
  }

  void forget_keys() override { early.clear(); }
  /// Counts those who hold the keys now.
  std::shared_ptr<void> hold_keys() override { return std::shared_ptr<int>(new int(++holders), [this](int* held) { delete held, --holders; }); }

  std::string out, err;
  std::deque<std::string> early;  ///< typed while nobody asks; `keys` are typed to a question
  int holders = 0;
  std::deque<std::string> keys;
  bool is_terminal = false;  ///< both ways
  bool person = false;       ///< somebody is there to type, whatever stdout is
  int out_fails_with = 0;  ///< the errno of every write to stdout

 protected:
  int put(Channel channel, std::string_view bytes) override {
    if (channel == Channel::kOut && out_fails_with != 0) return out_fails_with;
    (channel == Channel::kOut ? out : err) += bytes;
    return 0;
  }
};

}  // namespace zdt
