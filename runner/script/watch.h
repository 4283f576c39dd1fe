// What brings Lua back that does not come back by itself.
//
// Lua runs in slices: from a resume to its next wait. A slice that is over its time is ended in three ways, each for what the
// one before cannot reach. All of it happens in the handler of a timer's signal, on the thread that runs Lua.
//
//  1. A hook is set on the running Lua state, as lua.c does at Ctrl-C. The next instruction or call raises the error, and so
//     does every one after it, so that no pcall, xpcall, <close> or metamethod goes on. Library functions of ours that loop in
//     C++ ask late() themselves (World::check_time).
//  2. When Lua's own C code has not come back within `grace`, it is left with siglongjmp. The Lua state is in an unknown
//     condition then: the script ends with an error, and nothing of Lua may touch that state again.
//  3. When C++ of ours is on the stack as well, whose objects a jump would skip: after four more graces the process ends
//     (host::end_at_once, exit code 2).
#pragma once
#include <lua.hpp>
#include <optional>

#include "host/task.h"

namespace zdt::script {

/// Why a slice is over its time: it ran without waiting, its step's time is over, or the user wants the run to end.
enum class Late { kNo, kGuard, kStep, kInterrupted };

/// guard  the longest that a slice may take.   step  when the time of its step is over.   grace  for C code to come back.
struct SliceLimits {
  milliseconds guard{5'000}, grace{1'000};
  std::chrono::steady_clock::time_point step = std::chrono::steady_clock::time_point::max();
};

/// result  what `work` returned; nothing when it was left (2. above).   late  why the slice was ended, if it was.
struct Watched {
  std::optional<int> result;
  Late late = Late::kNo;
};

/// Runs `work(argument)`, which runs Lua on `state`, as a slice. on_late  the hook that raises the error; it must ask
/// late() first, as it may come when the slice has ended. `work` holds no C++ object while Lua's C code runs. Within another
/// slice it is a part of that one, and not left on its own.
Watched run_watched(lua_State* state, const SliceLimits& limits, lua_Hook on_late, int (*work)(void*), void* argument);

/// Of the slice that runs on this thread.
Late late();
bool in_slice();

/// C++ objects that a jump would skip are on the stack while it lives.
class CppOnStack {
 public:
  CppOnStack();
  ~CppOnStack();
  CppOnStack(const CppOnStack&) = delete;
  CppOnStack& operator=(const CppOnStack&) = delete;
};

/// The heap is locked while it lives: no jump.
class HeapInUse {
 public:
  HeapInUse();
  ~HeapInUse();
  HeapInUse(const HeapInUse&) = delete;
  HeapInUse& operator=(const HeapInUse&) = delete;
};

}  // namespace zdt::script
