// The modes of the terminal on standard input: who has them changed, and how they come back.
#pragma once
#include <memory>

namespace zdt::host {

/// Character-at-a-time input without echo, while one lives; several may. Signals still come from Ctrl-C, Ctrl-\ and Ctrl-Z.
/// Nothing is changed where standard input is no terminal.
///
/// The modes come back with the last one, and before a signal ends or stops the process: the signals that do so by default
/// have handlers meanwhile, but for those that are ignored or handled already. What was typed and not read is dropped then,
/// so that no shell takes it.
class RawMode {
 public:
  RawMode();
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
};

/// The terminal's own modes, while one lives and a RawMode does.
class OwnMode {
 public:
  OwnMode();
  ~OwnMode();
  OwnMode(const OwnMode&) = delete;
  OwnMode& operator=(const OwnMode&) = delete;
};

}  // namespace zdt::host
