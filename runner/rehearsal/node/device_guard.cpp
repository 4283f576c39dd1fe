#include "rehearsal/node/device_guard.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "base/text.h"
#include "host/files.h"
#include "host/unique_fd.h"

namespace zdt::rehearsal {
namespace {

Error no_guard(std::string_view what) {
  return {Code::kEnvironment, fmt::format("devices are not guarded by a control group: {}: {}", what, std::strerror(errno)), ""};
}

/// Where cgroup2 is mounted; "" when it is not. A line of mountinfo: "ID PARENT DEVICE ROOT PLACE OPTIONS … - TYPE SOURCE …".
std::string unified_mount() {
  const auto mounts = host::read_file("/proc/self/mountinfo");
  if (!mounts) return "";
  for (const std::string& line : split(*mounts, '\n')) {
    const auto fields = split(line, ' ');
    if (line.find(" - cgroup2 ") != std::string::npos && fields.size() > 4) return fields[4];
  }
  return "";
}

/// Our own group of cgroup2: the line "0::PATH".
std::string own_group() {
  const auto groups = host::read_file("/proc/self/cgroup");
  if (!groups) return "";
  for (const std::string& line : split(*groups, '\n')) {
    if (line.starts_with("0::/") && line.find("..") == std::string::npos) return line.substr(3);
  }
  return "";
}

// The kernel's own notation for BPF, in which linux/bpf.h gives numbers alone.
bpf_insn load_field(uint8_t into, int16_t offset) { return {BPF_LDX | BPF_MEM | BPF_W, into, BPF_REG_1, offset, 0}; }
bpf_insn shift_right(uint8_t what, int32_t bits) { return {BPF_ALU64 | BPF_RSH | BPF_K, what, 0, 0, bits}; }
bpf_insn mask(uint8_t what, int32_t bits) { return {BPF_ALU64 | BPF_AND | BPF_K, what, 0, 0, bits}; }
bpf_insn set(uint8_t what, int32_t value) { return {BPF_ALU64 | BPF_MOV | BPF_K, what, 0, 0, value}; }
bpf_insn unless(uint8_t what, int32_t value, int16_t skip) { return {BPF_JMP | BPF_JNE | BPF_K, what, 0, skip, value}; }
bpf_insn leave() { return {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}; }

/// Ends with `verdict` (1: allowed) when register `what` is `value`.
void decide(std::vector<bpf_insn>& program, uint8_t what, int32_t value, int32_t verdict) {
  program.insert(program.end(), {unless(what, value, 2), set(BPF_REG_0, verdict), leave()});
}

/// A character device: all minors of `major` (minor < 0), or one.
void allow(std::vector<bpf_insn>& program, int32_t major, int32_t minor) {
  if (minor < 0) return decide(program, BPF_REG_4, major, 1);
  program.insert(program.end(), {unless(BPF_REG_4, major, 3)});
  decide(program, BPF_REG_5, minor, 1);
}

/// Of struct bpf_cgroup_dev_ctx: access (16 bits) and type (16 bits), major, minor. To make a node is allowed, as
/// containerd allows it: the capability for it is a wall of its own, and a node that cannot be opened does nothing.
std::vector<bpf_insn> device_program() {
  std::vector<bpf_insn> program = {load_field(BPF_REG_2, 0),   load_field(BPF_REG_4, 4), load_field(BPF_REG_5, 8),
                                   {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0},
                                   shift_right(BPF_REG_3, 16), mask(BPF_REG_2, 0xffff)};
  decide(program, BPF_REG_3, BPF_DEVCG_ACC_MKNOD, 1);
  decide(program, BPF_REG_2, BPF_DEVCG_DEV_BLOCK, 0);
  for (const int32_t minor : {3, 5, 7, 8, 9}) allow(program, 1, minor);  // null, zero, full, random, urandom
  for (const int32_t minor : {0, 2}) allow(program, 5, minor);           // tty, ptmx
  allow(program, 136, -1);                                               // terminals of devpts
  program.insert(program.end(), {set(BPF_REG_0, 0), leave()});
  return program;
}

host::UniqueFd load_program() {
  static constexpr const char* kLicense = "Apache-2.0";
  const std::vector<bpf_insn> program = device_program();
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insn_cnt = static_cast<uint32_t>(program.size());
  load.insns = reinterpret_cast<uint64_t>(program.data());
  load.license = reinterpret_cast<uint64_t>(kLicense);
  return host::UniqueFd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
}

bool attach(int program, int group) {
  bpf_attr attachment{};
  attachment.target_fd = static_cast<uint32_t>(group);
  attachment.attach_bpf_fd = static_cast<uint32_t>(program);
  attachment.attach_type = BPF_CGROUP_DEVICE;
  attachment.attach_flags = BPF_F_ALLOW_MULTI;
  return syscall(SYS_bpf, BPF_PROG_ATTACH, &attachment, sizeof attachment) == 0;
}

/// Into `group`, which has the program then.
Result<void> enter(const std::string& group) {
  const host::UniqueFd program = load_program();
  if (!program) return no_guard("load the program");
  const host::UniqueFd folder(open(group.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || !attach(program.get(), folder.get())) return no_guard("attach the program");
  const host::UniqueFd members(openat(folder.get(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
  if (!members || write(members.get(), "0", 1) != 1) return no_guard("enter " + group);
  return {};
}

}  // namespace

Result<void> guard_devices(const std::string& record) {
  const std::string place = unified_mount(), own = own_group();
  errno = ENOENT;
  if (place.empty() || own.empty()) return no_guard("cgroup2");
  const std::string group = fmt::format("{}{}/zdt-rehearsal-{}", place, own == "/" ? "" : own, random_suffix(10));
  if (auto recorded = host::write_file(record, group); !recorded) return recorded;
  if (mkdir(group.c_str(), 0755) != 0) return no_guard("make " + group);
  auto entered = enter(group);
  if (!entered) rmdir(group.c_str());
  return entered;
}

Result<void> remove_device_guard(const std::string& record) {
  const auto group = host::read_file(record);
  if (!group) return {};
  const bool ours = group->find("/zdt-rehearsal-") != std::string::npos;
  if (!ours || rmdir(group->c_str()) == 0 || errno == ENOENT) return {};
  return Error{Code::kEnvironment, fmt::format("cannot remove the control group {}: {}", *group, std::strerror(errno)),
               "its processes have to end first"};
}

}  // namespace zdt::rehearsal
