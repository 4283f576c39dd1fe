#include "fuzz/engine.h"

#include <fcntl.h>
#include <malloc.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace zdt::fuzz {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr size_t kHistoryBytes = 128 << 20, kSlowestBytes = 4 << 20;
/// From here on the slowest input is kept: what the program wants to stay below for each of them.
constexpr int64_t kSlow = 100;
/// Longer seeds are only tried as they are: what is made of them would be slow, and hardly new.
constexpr size_t kMutated = 8 << 10;

/// What the child tells and leaves behind, also when it is killed. The inputs since the last reset lie one
/// after another, each after its size.
struct Shared {
  std::atomic<uint64_t> inputs, began_ms;
  std::atomic<int64_t> slowest_ms, growth_kib;
  std::atomic<size_t> used, slowest_size;
  std::atomic<bool> done;
  char fault[4096];
  char slowest[kSlowestBytes];
  char history[kHistoryBytes];
};

Shared* shared_memory() {
  void* place = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) throw std::runtime_error("no shared memory");
  return static_cast<Shared*>(place);
}

uint64_t now_ms() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<milliseconds>(Clock::now().time_since_epoch()).count());
}

/// Of all threads: a server may have one of its own.
int64_t processor_ms() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return spent.tv_sec * 1000 + spent.tv_nsec / 1'000'000;
}

int64_t resident_kib() {
  malloc_trim(0);
  std::ifstream file("/proc/self/statm");
  int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

void remember(Shared& shared, const std::string& input) {
  const size_t at = shared.used, size = input.size();
  if (at + sizeof size + size > kHistoryBytes) return;
  std::memcpy(shared.history + at, &size, sizeof size);
  std::memcpy(shared.history + at + sizeof size, input.data(), size);
  shared.used = at + sizeof size + size;
}

std::vector<std::string> remembered(const Shared& shared) {
  std::vector<std::string> inputs;
  for (size_t at = 0; at < shared.used;) {
    size_t size = 0;
    std::memcpy(&size, shared.history + at, sizeof size);
    inputs.emplace_back(shared.history + at + sizeof size, size);
    at += sizeof size + size;
  }
  return inputs;
}

void tell_fault(Shared& shared, const std::string& what) {
  std::memcpy(shared.fault, what.data(), std::min(what.size(), sizeof shared.fault - 1));
}

void note_time(Shared& shared, const std::string& input, int64_t took) {
  if (took <= shared.slowest_ms) return;
  shared.slowest_ms = took;
  if (took < kSlow || input.size() > kSlowestBytes) return;
  std::memcpy(shared.slowest, input.data(), input.size());
  shared.slowest_size = input.size();
}

/// One input with all that is asked of it; false when the child must end.
bool take(Target& target, Shared& shared, const Plan& plan, const std::string& input) {
  remember(shared, input);
  shared.began_ms = now_ms();
  const int64_t before = processor_ms();
  try {
    target.run(input);
    const int64_t took = processor_ms() - before;
    note_time(shared, input, took);
    if (took > plan.bearable.count()) throw Fault("took " + std::to_string(took) + " ms of processor time");
    target.check();
  } catch (const std::exception& fault) {
    tell_fault(shared, fault.what());
    return false;
  } catch (...) {
    tell_fault(shared, "something was thrown that is no std::exception");
    return false;
  }
  ++shared.inputs;
  shared.began_ms = 0;
  return true;
}

/// The child's loop. Memory is looked at right after a reset, when nothing of the inputs should be left.
class Feeding {
 public:
  Feeding(const TargetKind& kind, const Plan& plan, Shared& shared, const std::vector<std::string>& corpus)
      : kind_(kind), plan_(plan), shared_(shared), corpus_(corpus), random_(plan.seed), target_(kind.make()) {
    for (const std::string& seed : corpus) {
      if (seed.size() <= kMutated) mutated_.push_back(seed);
    }
    if (mutated_.empty()) mutated_.emplace_back();
  }

  void run() {
    for (const std::string& seed : corpus_) {
      if (!feed(seed)) return;
    }
    while (!over()) {
      std::string input = target_->make(random_, mutated_);
      if (input.size() > kind_.input_limit) input.resize(kind_.input_limit);
      if (!feed(input)) return;
    }
    shared_.done = true;
  }

 private:
  bool over() const {
    const bool enough = plan_.inputs > 0 && shared_.inputs >= plan_.inputs;
    const bool late = plan_.time.count() > 0 && Clock::now() - start_ >= plan_.time;
    return enough || late;
  }
  bool feed(const std::string& input) {
    if (!take(*target_, shared_, plan_, input)) return false;
    if (++since_reset_ < kind_.inputs_per_reset) return true;
    since_reset_ = 0;
    target_->reset();
    shared_.used = 0;
    return is_flat();
  }
  /// The first resets warm up: caches and arenas fill.
  bool is_flat() {
    const int64_t resident = resident_kib();
    if (++resets_ <= 3) flat_ = std::max(flat_, resident);
    if (resets_ <= 3) return true;
    shared_.growth_kib = std::max<int64_t>(shared_.growth_kib, resident - flat_);
    if (resident - flat_ <= plan_.growth_kib) return true;
    tell_fault(shared_, "memory grew by " + std::to_string(resident - flat_) + " KiB in " +
                            std::to_string(shared_.inputs.load()) + " inputs");
    return false;
  }

  const TargetKind& kind_;
  const Plan& plan_;
  Shared& shared_;
  const std::vector<std::string>& corpus_;
  std::vector<std::string> mutated_;
  Random random_;
  std::unique_ptr<Target> target_;
  Clock::time_point start_ = Clock::now();
  size_t since_reset_ = 0, resets_ = 0;
  int64_t flat_ = 0;
};

/// A network namespace with nothing but a loopback.
void leave_the_network() {
  if (unshare(CLONE_NEWNET) != 0) return;
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  if (any >= 0) ioctl(any, SIOCSIFFLAGS, &loopback);
  if (any >= 0) close(any);
}

/// What a child must not reach: the network, programs, much memory, and the files of others.
void fence_in(const TargetKind& kind, const std::string& scratch) {
  if (geteuid() == 0) leave_the_network();
  if (geteuid() == 0 && !kind.as_root && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(3);
  setenv("PATH", "/nonexistent", 1);
  setenv("TMPDIR", scratch.c_str(), 1);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit memory{6ULL << 30, 6ULL << 30}, core{0, 0};
#ifndef __SANITIZE_ADDRESS__
  setrlimit(RLIMIT_AS, &memory);
#else
  (void)memory;
#endif
  setrlimit(RLIMIT_CORE, &core);
  signal(SIGPIPE, SIG_IGN);
}

/// A folder in memory that everybody may write to, removed by the parent: a child may be killed.
class Scratch {
 public:
  Scratch() : folder_("/dev/shm/zdt-fuzz-" + std::to_string(getpid()) + "-" + std::to_string(++made_)) {
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::all);
  }
  ~Scratch() {
    std::error_code none;
    fs::remove_all(folder_, none);
  }
  std::string folder() const { return folder_; }

 private:
  static inline int made_ = 0;
  fs::path folder_;
};

/// Runs `work` in a child until it ends, or hangs at an input for ten times the bearable time.
void in_child(const TargetKind& kind, Shared& shared, const Plan& plan, const std::function<void()>& work) {
  const Scratch scratch;
  const pid_t child = fork();
  if (child == 0) {
    fence_in(kind, scratch.folder());
    try {
      work();
    } catch (const std::exception& failure) {
      tell_fault(shared, std::string("outside of an input: ") + failure.what());
    }
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    const uint64_t began = shared.began_ms;
    const uint64_t limit = static_cast<uint64_t>(plan.bearable.count()) * 10;
    if (began != 0 && now_ms() - began > limit && shared.fault[0] == 0) {
      kill(child, SIGKILL);
      tell_fault(shared, "did not end within " + std::to_string(limit) + " ms");
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
  if (shared.fault[0] != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) return;
  tell_fault(shared, WIFSIGNALED(status) ? std::string("ended by SIG") + sigabbrev_np(WTERMSIG(status))
                                         : "ended with status " + std::to_string(WEXITSTATUS(status)));
}

std::vector<std::string> read_corpus(const TargetKind& kind, const fs::path& folder) {
  std::vector<std::string> corpus;
  std::vector<fs::path> files;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    corpus.emplace_back((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  }
  for (std::string& seed : kind.seeds()) corpus.push_back(std::move(seed));
  if (corpus.empty()) corpus.emplace_back();
  return corpus;
}

/// Leaves pieces out, the big ones first, as long as `fails` holds; within a bounded number of tries.
std::string smaller(std::string input, const std::function<bool(const std::string&)>& fails) {
  int tries = 150;
  for (size_t piece = input.size() / 2; piece > 0 && tries > 0; piece /= 2) {
    for (size_t at = 0; at < input.size() && tries > 0;) {
      std::string without = input;
      without.erase(at, piece);
      --tries;
      if (fails(without)) {
        input = std::move(without);
      } else {
        at += piece;
      }
    }
  }
  return input;
}

/// The last input alone where it fails alone; else as many of those before it as are needed.
std::vector<std::string> needed(const TargetKind& kind, std::vector<std::string> inputs, const Plan& plan) {
  if (inputs.empty()) return inputs;
  for (size_t count = 1; count < inputs.size(); count *= 4) {
    const std::vector<std::string> last(inputs.end() - static_cast<long>(count), inputs.end());
    if (!fault_of(kind, last, plan).empty()) return last;
  }
  return inputs;
}

fs::path keep_input(const TargetKind& kind, const Plan& plan, const std::vector<std::string>& inputs) {
  fs::create_directories(plan.keep);
  const std::string name = kind.name + "-" + std::to_string(plan.seed);
  for (size_t i = 0; i + 1 < inputs.size(); ++i) {
    std::ofstream(plan.keep / (name + "." + std::to_string(i)), std::ios::binary) << inputs[i];
  }
  const fs::path file = plan.keep / (name + ".input");
  std::ofstream(file, std::ios::binary) << (inputs.empty() ? "" : inputs.back());
  return file;
}

}  // namespace

std::string fault_of(const TargetKind& kind, const std::vector<std::string>& inputs, const Plan& plan) {
  Shared& shared = *shared_memory();
  in_child(kind, shared, plan, [&] {
    const std::unique_ptr<Target> target = kind.make();
    for (const std::string& input : inputs) {
      if (!take(*target, shared, plan, input)) return;
    }
  });
  std::string fault = shared.fault;
  munmap(&shared, sizeof(Shared));
  return fault;
}

Figures run_target(const TargetKind& kind, const Plan& plan) {
  Shared& shared = *shared_memory();
  const std::vector<std::string> corpus = read_corpus(kind, plan.corpus / kind.name);
  const auto start = Clock::now();
  in_child(kind, shared, plan, [&] { Feeding(kind, plan, shared, corpus).run(); });
  Figures figures;
  figures.inputs = shared.inputs;
  figures.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  figures.slowest = milliseconds(shared.slowest_ms.load());
  figures.growth_kib = shared.growth_kib;
  figures.fault = shared.fault;
  if (shared.slowest_size > 0) {
    fs::create_directories(plan.keep);
    std::ofstream(plan.keep / (kind.name + "-" + std::to_string(plan.seed) + ".slowest"), std::ios::binary)
        .write(shared.slowest, static_cast<std::streamsize>(shared.slowest_size.load()));
  }
  if (!figures.fault.empty()) {
    std::vector<std::string> inputs = needed(kind, remembered(shared), plan);
    if (inputs.size() == 1) {
      inputs[0] = smaller(inputs[0],
                          [&](const std::string& tried) { return !fault_of(kind, {tried}, plan).empty(); });
    }
    figures.file = keep_input(kind, plan, inputs);
  }
  munmap(&shared, sizeof(Shared));
  return figures;
}

}  // namespace zdt::fuzz
