// Runs inside a container and tries what a container must not be able to do. It prints "NAME: what came of
// it" for each attempt: "ok" when it was let in, the name of the error when it was refused, or what was seen.
// Every attempt is harmless where it succeeds: nothing is written to a device, and the calls that would act
// on the machine get arguments that only fail after the permission was looked at.
//
//   climber try FOLDER          all attempts; FOLDER is a volume that may be written. Only with
//   CLIMB_INSIDE=container climber descriptors         what this process has inherited climber swap LEFT
//   RIGHT     exchanges two names for ever climber pour PORT           answers whoever connects with bytes
//   that never end climber sleep               does nothing for ever
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Text = std::string;

Text error_name(int number) {
  return strerrorname_np(number) != nullptr ? strerrorname_np(number) : std::to_string(number);
}

Text outcome(long result) { return result < 0 ? error_name(errno) : "ok"; }

void tell(const Text& name, const Text& what) { std::printf("%s: %s\n", name.c_str(), what.c_str()); }

Text content_of(const Text& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Text> names_in(const Text& folder) {
  std::vector<Text> names;
  DIR* open = opendir(folder.c_str());
  for (dirent* entry; open != nullptr && (entry = readdir(open)) != nullptr;) {
    const Text name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (open != nullptr) closedir(open);
  return names;
}

Text joined(const std::vector<Text>& words) {
  Text line;
  for (const Text& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

/// Makes a device node and reads one byte of it.
Text reach_device(const Text& path, mode_t type, unsigned major_number, unsigned minor_number) {
  unlink(path.c_str());
  if (mknod(path.c_str(), type | 0600, makedev(major_number, minor_number)) != 0) return error_name(errno);
  char byte;
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  const Text read_it = fd < 0                     ? "made, open " + error_name(errno)
                       : ::read(fd, &byte, 1) < 0 ? "made, read " + error_name(errno)
                                                  : "ok";
  if (fd >= 0) close(fd);
  unlink(path.c_str());
  return read_it;
}

void try_devices(const Text& folder) {
  for (const Text& where : {folder, Text("/tmp"), Text("/dev"), Text("/dev/shm"), Text("/")}) {
    tell("device loop in " + where, reach_device(where + "/climb-loop", S_IFBLK, 7, 0));
    tell("device mem in " + where, reach_device(where + "/climb-mem", S_IFCHR, 1, 1));
    tell("device tun in " + where, reach_device(where + "/climb-tun", S_IFCHR, 10, 200));
    tell("device fuse in " + where, reach_device(where + "/climb-fuse", S_IFCHR, 10, 229));
  }
  std::ifstream partitions("/proc/partitions");
  Text line;
  for (int number = 0; std::getline(partitions, line) && number < 12;) {
    unsigned major_number = 0, minor_number = 0;
    char name[64];
    if (std::sscanf(line.c_str(), "%u %u %*u %63s", &major_number, &minor_number, name) != 3) continue;
    ++number;
    tell(Text("device of the machine ") + name,
         reach_device(folder + "/climb-disk", S_IFBLK, major_number, minor_number));
  }
  tell("list /dev", joined(names_in("/dev")));
}

void try_file(const Text& path, int flags) {
  const int fd = open(path.c_str(), flags);
  if (fd < 0) {
    tell((flags == O_RDONLY ? "read " : "write ") + path, error_name(errno));
    return;
  }
  char byte;
  const ssize_t got = flags == O_RDONLY ? ::read(fd, &byte, 1) : 1;
  tell((flags == O_RDONLY ? "read " : "write ") + path, got > 0    ? "ok"
                                                        : got == 0 ? "empty"
                                                                   : error_name(errno));
  close(fd);
}

void try_kernel_files() {
  for (const char* path :
       {"/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
        "/proc/sys/vm/drop_caches", "/proc/sys/kernel/hostname", "/proc/sys/fs/file-max",
        "/proc/sys/kernel/randomize_va_space", "/proc/irq/default_smp_affinity", "/proc/mtrr",
        "/proc/acpi/wakeup", "/proc/fs/nfsd/threads", "/proc/bus/pci/00/00.0", "/sys/kernel/uevent_helper",
        "/sys/power/state", "/sys/kernel/mm/transparent_hugepage/enabled",
        "/sys/module/loop/parameters/max_part", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent",
        "/sys/kernel/debug/sched/debug"}) {
    try_file(path, O_WRONLY);
  }
  for (const char* path : {"/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/timer_list", "/proc/sched_debug",
                           "/proc/latency_stats", "/proc/interrupts_of_nobody", "/dev/kmsg", "/dev/mem",
                           "/dev/port", "/sys/firmware/acpi/tables/DSDT", "/sys/kernel/debug/sched/debug"}) {
    try_file(path, O_RDONLY);
  }
  tell("list /sys/firmware", joined(names_in("/sys/firmware")));
  tell("list /proc/scsi", joined(names_in("/proc/scsi")));
  tell("list /proc/acpi", joined(names_in("/proc/acpi")));
}

void try_mounting(const Text& folder) {
  tell("call mount tmpfs", outcome(mount("tmpfs", folder.c_str(), "tmpfs", 0, nullptr)));
  tell("call mount proc", outcome(mount("proc", folder.c_str(), "proc", 0, nullptr)));
  tell("call mount bind", outcome(mount("/etc", folder.c_str(), nullptr, MS_BIND, nullptr)));
  tell("call mount remount", outcome(mount(nullptr, "/usr", nullptr, MS_REMOUNT | MS_BIND, nullptr)));
  tell("call umount proc", outcome(umount2("/proc/sys", MNT_DETACH)));
  tell("call fsopen", outcome(syscall(SYS_fsopen, "tmpfs", 0)));
  tell("call open_tree", outcome(syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */)));
  tell("call move_mount", outcome(syscall(SYS_move_mount, -1, "", -1, "", 0)));
  tell("call pivot_root", outcome(syscall(SYS_pivot_root, "/nowhere", "/nowhere")));
}

/// In a child each, so that one that is let in changes nothing for the next.
Text in_child(const std::function<Text()>& attempt) {
  int ends[2];
  if (pipe(ends) != 0) return error_name(errno);
  const pid_t child = fork();
  if (child == 0) {
    alarm(5);
    const Text said = attempt();
    if (write(ends[1], said.data(), said.size()) < 0) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  char buffer[4096];
  Text said;
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? Text("killed by ") + sigabbrev_np(WTERMSIG(status)) : said;
}

void try_namespaces() {
  const std::map<Text, int> kinds = {
      {"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS}, {"network", CLONE_NEWNET},  {"pid", CLONE_NEWPID},
      {"uts", CLONE_NEWUTS},   {"ipc", CLONE_NEWIPC},  {"cgroup", CLONE_NEWCGROUP}};
  for (const auto& [name, flag] : kinds) {
    tell("call unshare " + name, in_child([flag = flag] { return outcome(unshare(flag)); }));
    tell("call clone " + name, in_child([flag = flag] {
           const long made = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);
           if (made == 0) _exit(0);
           return outcome(made);
         }));
  }
  tell("call setns", in_child([] { return outcome(setns(open("/proc/1/ns/mnt", O_RDONLY), 0)); }));
}

void try_calls() {
  bpf_attr map{};
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = map.value_size = 4;
  map.max_entries = 1;
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = PERF_TYPE_SOFTWARE;
  struct {
    unsigned bytes;
    int type;
    unsigned char data[16];
  } handle = {8, 1, {2}};
  const std::map<Text, std::function<long()>> calls = {
      {"bpf", [&] { return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map); }},
      {"perf_event_open", [&] { return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0); }},
      {"keyctl", [] { return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1); }},
      {"add_key", [] { return syscall(SYS_add_key, "user", "climb", "x", 1, KEY_SPEC_PROCESS_KEYRING); }},
      {"request_key", [] { return syscall(SYS_request_key, "user", "climb", nullptr, 0); }},
      {"kexec_load", [] { return syscall(SYS_kexec_load, 0, 0, nullptr, ~0UL); }},
      {"kexec_file_load", [] { return syscall(SYS_kexec_file_load, -1, -1, 0, nullptr, ~0UL); }},
      {"reboot", [] { return syscall(SYS_reboot, 0, 0, 0, nullptr); }},
      {"init_module", [] { return syscall(SYS_init_module, nullptr, 0, ""); }},
      {"finit_module", [] { return syscall(SYS_finit_module, -1, "", 0); }},
      {"delete_module", [] { return syscall(SYS_delete_module, "no_such_module", O_NONBLOCK); }},
      {"swapon", [] { return syscall(SYS_swapon, "/nowhere", 0); }},
      {"swapoff", [] { return syscall(SYS_swapoff, "/nowhere"); }},
      {"acct", [] { return syscall(SYS_acct, "/nowhere"); }},
      {"sethostname",
       [] {
         char name[64] = "";
         gethostname(name, sizeof name - 1);  // its own, so that nothing changes
         return syscall(SYS_sethostname, name, std::strlen(name));
       }},
      {"settimeofday",
       [] {
         timeval never{0, -1};
         return syscall(SYS_settimeofday, &never, nullptr);
       }},
      {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
      {"open_by_handle_at",
       [&] { return syscall(SYS_open_by_handle_at, open("/etc/hosts", O_RDONLY), &handle, O_RDONLY); }},
      {"io_uring_setup", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
      {"quotactl", [] { return syscall(SYS_quotactl, 0x800007, nullptr, 0, nullptr); }},
      {"iopl",
       [] {
#ifdef SYS_iopl
         return syscall(SYS_iopl, 3);
#else
         errno = ENOSYS;
         return -1L;
#endif
       }},
      {"syslog",
       [] {
         char text[16];
         return syscall(SYS_syslog, 3, text, sizeof text);
       }},
      {"fanotify_init", [] { return syscall(SYS_fanotify_init, 0, 0); }},
      {"personality", [] { return syscall(SYS_personality, 0x0040000 /* ADDR_NO_RANDOMIZE */); }},
      {"vhangup", [] { return syscall(SYS_vhangup); }},
  };
  for (const auto& [name, call] : calls)
    tell("call " + name, in_child([call = call] { return outcome(call()); }));
}

void tell_of_process() {
  std::ifstream status("/proc/self/status");
  for (Text line; std::getline(status, line);) {
    for (const Text& field : {Text("CapBnd"), Text("CapEff"), Text("CapInh"), Text("CapAmb"), Text("Seccomp"),
                              Text("NoNewPrivs")}) {
      if (line.rfind(field + ":\t", 0) == 0) tell(field, line.substr(field.size() + 2));
    }
  }
  std::vector<Text> processes;
  for (const Text& name : names_in("/proc")) {
    if (name.find_first_not_of("0123456789") == Text::npos) processes.push_back(name);
  }
  tell("processes", std::to_string(processes.size()));
  Text map = content_of("/proc/self/uid_map");
  std::istringstream words(map);
  Text inside, outside, count;
  words >> inside >> outside >> count;
  tell("uid map", inside + " " + outside + " " + count);
}

void tell_of_mounts() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (Text line; std::getline(mounts, line);) {
    std::istringstream words(line);
    Text skipped, root, place, options, more, shared;
    words >> skipped >> skipped >> skipped >> root >> place >> options;
    while (words >> more && more != "-") shared += more + " ";
    Text type;
    words >> type;
    tell("mount " + place, options + " " + type + " " + shared);
  }
}

void tell_of_descriptors() {
  for (const Text& name : names_in("/proc/self/fd")) {
    char target[512] = "";
    if (readlink(("/proc/self/fd/" + name).c_str(), target, sizeof target - 1) < 0) continue;
    const Text where = target;
    if (where.rfind("/proc/", 0) == 0 && where.find("/fd") != Text::npos)
      continue;  // the one that lists them
    tell("descriptor " + name, where);
  }
}

/// A copy of this program that belongs to root and is setuid, started by somebody else.
void try_setuid(const Text& folder) {
  const Text copy = folder + "/climb-setuid";
  const Text program = content_of("/proc/self/exe");
  const int fd = open(copy.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  const bool written =
      fd >= 0 && write(fd, program.data(), program.size()) == static_cast<ssize_t>(program.size());
  if (fd >= 0) close(fd);
  if (!written || chmod(copy.c_str(), 04755) != 0) {
    tell("setuid", "cannot make one: " + error_name(errno));
    return;
  }
  tell("setuid", in_child([&] {
         if (setgid(12345) != 0 || setuid(12345) != 0) return "setuid " + error_name(errno);
         FILE* said = popen((copy + " who").c_str(), "r");
         char line[64] = "";
         if (said == nullptr || std::fgets(line, sizeof line, said) == nullptr)
           return "start " + error_name(errno);
         return Text(line);
       }));
}

void try_places() {
  for (const char* path : {"/root", "/home"}) tell(Text("list ") + path, joined(names_in(path)));
  for (const char* path : {"/proc/1/root/etc/shadow", "/etc/shadow", "/proc/1/cwd/etc/shadow"})
    try_file(path, O_RDONLY);
  tell("chroot out", in_child([] {
         mkdir("/tmp/climb-cell", 0700);
         const int outside = open("/", O_RDONLY | O_DIRECTORY);
         if (chroot("/tmp/climb-cell") != 0) return "chroot " + error_name(errno);
         if (fchdir(outside) != 0) return "fchdir " + error_name(errno);
         for (int level = 0; level < 64; ++level) {
           if (chdir("..") != 0) return "chdir " + error_name(errno);
         }
         return Text(access("etc/shadow", F_OK) == 0 ? "ok" : "stayed inside");
       }));
  tell("chmod /usr", outcome(chmod("/usr/bin", 0755)));
  try_file("/usr/bin/perl", O_WRONLY);
  try_file("/etc/ld.so.cache", O_WRONLY);
  try_file("/etc/ssl/certs/ca-certificates.crt", O_WRONLY);
}

/// "ADDRESS PORT" in each word of the variable CLIMB_ADDRESSES, and abstract sockets by name in
/// CLIMB_SOCKETS.
void try_network() {
  const char* addresses = getenv("CLIMB_ADDRESSES");
  std::istringstream words(addresses == nullptr ? "" : addresses);
  for (Text word; words >> word;) {
    const size_t colon = word.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(word.substr(colon + 1))));
    inet_pton(AF_INET, word.substr(0, colon).c_str(), &to.sin_addr);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int done = connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to);
    pollfd ready{fd, POLLOUT, 0};
    int failure = done == 0 ? 0 : errno;
    if (failure == EINPROGRESS) {
      socklen_t size = sizeof failure;
      if (poll(&ready, 1, 300) <= 0)
        failure = ETIMEDOUT;
      else
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
    }
    tell("connect " + word, failure == 0 ? "ok" : error_name(failure));
    close(fd);
  }
  const char* sockets = getenv("CLIMB_SOCKETS");
  std::istringstream names(sockets == nullptr ? "" : sockets);
  for (Text name; names >> name;) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path + 1, name.data(), name.size());
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    tell("connect @" + name, outcome(connect(fd, reinterpret_cast<sockaddr*>(&to), size)));
    close(fd);
  }
}

int try_all(const Text& folder) {
  tell_of_process();
  tell_of_mounts();
  tell_of_descriptors();
  try_devices(folder);
  try_kernel_files();
  try_setuid(folder);
  try_places();
  try_network();
  try_namespaces();
  try_calls();
  try_mounting(folder);
  tell("climber", "done");
  return 0;
}

[[noreturn]] void swap_for_ever(const char* left, const char* right) {
  for (;;) renameat2(AT_FDCWD, left, AT_FDCWD, right, RENAME_EXCHANGE);
}

[[noreturn]] void pour_for_ever(uint16_t port) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  bind(listening, reinterpret_cast<sockaddr*>(&any), sizeof any);
  listen(listening, 16);
  std::puts("pours");
  for (;;) {
    const int client = accept(listening, nullptr, nullptr);
    if (client < 0 || fork() != 0) {
      close(client);
      continue;
    }
    Text bytes = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    while (send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) bytes.assign(1 << 16, 'x');
    _exit(0);
  }
}

}  // namespace

int main(int count, char** words) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  const Text what = count > 1 ? words[1] : "";
  const char* inside = getenv("CLIMB_INSIDE");
  if (what == "try" && count == 3 && inside != nullptr && Text(inside) == "container")
    return try_all(words[2]);
  if (what == "who") return std::printf("runs as %u\n", geteuid()) < 0;
  if (what == "descriptors") return tell_of_descriptors(), 0;
  if (what == "swap" && count == 4) swap_for_ever(words[2], words[3]);
  if (what == "pour" && count == 3) pour_for_ever(static_cast<uint16_t>(std::stoi(words[2])));
  if (what == "sleep") return pause();
  std::fprintf(stderr, "climber try FOLDER | descriptors | swap LEFT RIGHT | pour PORT | sleep | who\n");
  return 2;
}
