// What pods and nodes use, as the node measures it and autoscalers and `kubectl top` read it.
#pragma once
#include <string>
#include <vector>

#include "base/units.h"

namespace zdt::rehearsal {

/// cpu  processors, over the window (0.25 is 250m).   memory_bytes  at its end.
struct Usage {
  double cpu = 0;
  int64_t memory_bytes = 0;

  Usage& operator+=(const Usage& other) {
    cpu += other.cpu;
    memory_bytes += other.memory_bytes;
    return *this;
  }
};

struct ContainerUsage {
  std::string name;
  Usage usage;
};

/// time  the end of the window.   containers  only those that ran through a whole window.
struct PodUsage {
  std::string ns, name;
  WallTime time;
  milliseconds window{0};
  std::vector<ContainerUsage> containers;
};

struct NodeUsage {
  std::string name;
  WallTime time;
  milliseconds window{0};
  Usage usage;
};

}  // namespace zdt::rehearsal
