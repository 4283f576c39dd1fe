// Where the last lines of a log begin.
#pragma once
#include "host/task.h"
#include "rehearsal/node/log_file.h"

namespace zdt::rehearsal {

/// A place in one of the files of a log.
struct LogPlace {
  uint64_t number = 0;
  off_t offset = 0;
};

/// Where the last `lines` lines begin; the oldest place that is kept when there are not so many. Reads the files backwards,
/// in pieces, and gives the loop back in between.
Task<LogPlace> tail_of(std::shared_ptr<LogFile> log, int64_t lines);

}  // namespace zdt::rehearsal
