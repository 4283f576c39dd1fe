#include "rehearsal/node/seccomp.h"

#include <cerrno>
#include <map>
#include <vector>

namespace zdt::rehearsal {
namespace {

using Names = std::vector<std::string>;

/// What every container may call.
const Names kAllowed = {
    // Files and folders
    "_llseek", "access", "cachestat", "chdir", "chmod", "chown", "chown32", "close", "close_range",
    "copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fadvise64_64",
    "fallocate", "fanotify_mark", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "fchownat",
    "fcntl", "fcntl64", "fdatasync", "fgetxattr", "flistxattr", "flock", "fremovexattr", "fsetxattr", "fstat",
    "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64", "futimesat", "getcwd",
    "getdents", "getdents64", "getxattr", "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch",
    "ioctl", "lchown", "lchown32", "lgetxattr", "link", "linkat", "listxattr", "llistxattr", "lremovexattr",
    "lseek", "lsetxattr", "lstat", "lstat64", "mkdir", "mkdirat", "mknod", "mknodat", "name_to_handle_at",
    "newfstatat", "open", "openat", "openat2", "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64",
    "pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv", "removexattr", "rename",
    "renameat", "renameat2", "rmdir", "sendfile", "sendfile64", "setxattr", "splice", "stat", "stat64", "statfs",
    "statfs64", "statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs", "tee", "truncate",
    "truncate64", "umask", "unlink", "unlinkat", "utime", "utimensat", "utimensat_time64", "utimes", "vmsplice",
    "write", "writev",
    // Memory
    "brk", "madvise", "map_shadow_stack", "memfd_create", "memfd_secret", "mincore", "mlock", "mlock2", "mlockall",
    "mmap", "mmap2", "mprotect", "mremap", "mseal", "msync", "munlock", "munlockall", "munmap", "pkey_alloc",
    "pkey_free", "pkey_mprotect", "process_madvise", "process_mrelease", "remap_file_pages",
    // Processes and threads
    "arch_prctl", "capget", "capset", "chroot", "execve", "execveat", "exit", "exit_group", "fork", "futex",
    "futex_requeue", "futex_time64", "futex_wait", "futex_waitv", "futex_wake", "get_robust_list",
    "get_thread_area", "getcpu", "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups",
    "getgroups32", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getresgid", "getresgid32",
    "getresuid", "getresuid32", "getrlimit", "getrusage", "getsid", "gettid", "getuid", "getuid32", "ioprio_get",
    "ioprio_set", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "membarrier",
    "modify_ldt", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "process_vm_readv",
    "process_vm_writev", "ptrace", "rseq", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
    "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_rr_get_interval",
    "sched_rr_get_interval_time64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
    "sched_yield", "seccomp", "set_robust_list", "set_thread_area", "set_tid_address", "setfsgid", "setfsgid32",
    "setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32", "setpgid", "setpriority",
    "setregid", "setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32",
    "setrlimit", "setsid", "setuid", "setuid32", "sysinfo", "times", "ugetrlimit", "uname", "vfork", "wait4",
    "waitid", "waitpid",
    // Signals and time
    "adjtimex", "alarm", "clock_adjtime", "clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime",
    "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "getitimer", "gettimeofday", "kill",
    "nanosleep", "pause", "restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
    "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "setitimer",
    "sigaltstack", "signalfd", "signalfd4", "sigprocmask", "sigreturn", "tgkill", "time", "timer_create",
    "timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64", "timer_settime", "timer_settime64",
    "timerfd_create", "timerfd_gettime", "timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "tkill",
    // Sockets, polling and messages
    "_newselect", "accept", "accept4", "bind", "connect", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2",
    "getpeername", "getrandom", "getsockname", "getsockopt", "io_cancel", "io_destroy", "io_getevents",
    "io_pgetevents", "io_pgetevents_time64", "io_setup", "io_submit", "ipc", "listen", "mq_getsetattr", "mq_notify",
    "mq_open", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend", "mq_timedsend_time64", "mq_unlink",
    "msgctl", "msgget", "msgrcv", "msgsnd", "poll", "ppoll", "ppoll_time64", "pselect6", "pselect6_time64", "recv",
    "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "select", "semctl", "semget", "semop", "semtimedop",
    "semtimedop_time64", "send", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shmat", "shmctl", "shmdt",
    "shmget", "shutdown", "socketcall", "socketpair"};

/// What a capability allows on top.
const std::map<std::string, Names> kWithCapability = {
    {"CAP_SYS_ADMIN",
     {"bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick", "lookup_dcookie",
      "mount", "mount_setattr", "move_mount", "open_tree", "perf_event_open", "quotactl", "quotactl_fd",
      "setdomainname", "sethostname", "setns", "syslog", "umount", "umount2", "unshare"}},
    {"CAP_SYS_BOOT",
     {"reboot"}},
    {"CAP_SYS_MODULE",
     {"delete_module", "finit_module", "init_module"}},
    {"CAP_SYS_PACCT",
     {"acct"}},
    {"CAP_SYS_PTRACE",
     {"kcmp"}},
    {"CAP_SYS_RAWIO",
     {"ioperm", "iopl"}},
    {"CAP_SYS_TIME",
     {"clock_settime", "clock_settime64", "settimeofday", "stime"}},
    {"CAP_SYS_TTY_CONFIG",
     {"vhangup"}},
    {"CAP_SYS_NICE",
     {"get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"}},
    {"CAP_SYSLOG",
     {"syslog"}},
    {"CAP_BPF",
     {"bpf"}},
    {"CAP_PERFMON",
     {"perf_event_open"}},
    {"CAP_DAC_READ_SEARCH",
     {"open_by_handle_at"}}};

/// Known calls that are refused in words that a program expects, EPERM.
const Names kRefused = {
    "_sysctl", "acct", "add_key", "bpf", "clock_settime", "clock_settime64", "clone", "delete_module",
    "fanotify_init", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_mempolicy", "init_module",
    "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load",
    "kexec_load", "keyctl", "lookup_dcookie", "mbind", "migrate_pages", "mount", "mount_setattr", "move_mount",
    "move_pages", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "personality", "pivot_root",
    "quotactl", "quotactl_fd", "reboot", "request_key", "set_mempolicy", "set_mempolicy_home_node", "setdomainname",
    "sethostname", "setns", "settimeofday", "socket", "stime", "swapoff", "swapon", "sysfs", "syslog", "umount",
    "umount2", "unshare", "uselib", "userfaultfd", "ustat", "vhangup", "vm86", "vm86old"};

json rule(const Names& names, const char* action) { return {{"names", names}, {"action", action}}; }

json condition(int index, uint64_t value, uint64_t other, const char* comparison) {
  return {{"index", index}, {"value", value}, {"valueTwo", other}, {"op", comparison}};
}

json when(const char* name, json condition) {
  json allowed = rule({name}, "SCMP_ACT_ALLOW");
  allowed["args"] = json::array({std::move(condition)});
  return allowed;
}

/// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (linux/sched.h).
constexpr uint64_t kNewNamespaces = 0x7E020000;
constexpr uint64_t kVirtualMachineSockets = 40;  // AF_VSOCK: reaches the hypervisor

/// The machine's own alone: calls of another form (32-bit programs) end the caller. Each further form costs a start of a
/// container some 8 ms, and the images here are this machine's programs.
#if defined(__aarch64__)
const Names kArchitectures = {"SCMP_ARCH_AARCH64"};
#else
const Names kArchitectures = {"SCMP_ARCH_X86_64"};
#endif

/// Calls that depend on what they are called with.
void add_conditional(json& calls, bool may_make_namespaces) {
  calls.push_back(when("socket", condition(0, kVirtualMachineSockets, 0, "SCMP_CMP_NE")));
  // PER_LINUX, PER_LINUX32, each also with UNAME26, and the question without a change.
  for (const uint64_t kind : {0x0ULL, 0x8ULL, 0x20000ULL, 0x20008ULL, 0xffffffffULL})
    calls.push_back(when("personality", condition(0, kind, 0, "SCMP_CMP_EQ")));
  if (may_make_namespaces) return;
  calls.push_back(when("clone", condition(0, kNewNamespaces, 0, "SCMP_CMP_MASKED_EQ")));
  // Its flags lie in memory, where no filter looks: the C library then takes clone.
  json clone3 = rule({"clone3"}, "SCMP_ACT_ERRNO");
  clone3["errnoRet"] = ENOSYS;
  calls.push_back(std::move(clone3));
}

}  // namespace

json default_seccomp(const std::set<std::string>& capabilities) {
  std::set<std::string> refused(kRefused.begin(), kRefused.end());
  json calls = json::array({rule(kAllowed, "SCMP_ACT_ALLOW")});
  for (const auto& [capability, names] : kWithCapability) {
    if (!capabilities.contains(capability)) continue;
    calls.push_back(rule(names, "SCMP_ACT_ALLOW"));
    for (const std::string& name : names) refused.erase(name);
  }
  add_conditional(calls, capabilities.contains("CAP_SYS_ADMIN"));
  for (const char* conditional : {"socket", "personality", "clone"}) refused.erase(conditional);
  json refusal = rule(Names(refused.begin(), refused.end()), "SCMP_ACT_ERRNO");
  refusal["errnoRet"] = EPERM;
  calls.push_back(std::move(refusal));
  return {{"defaultAction", "SCMP_ACT_ERRNO"},
          {"defaultErrnoRet", ENOSYS},
          {"architectures", kArchitectures},
          {"syscalls", std::move(calls)}};
}

}  // namespace zdt::rehearsal
