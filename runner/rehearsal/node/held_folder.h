// A folder that is held open. What lies in it may have been made by a container, so nothing is reached by a path of
// words: openat2(2) resolves each name beneath the descriptor, and no "..", absolute path or link leads out of it.
// https://man7.org/linux/man-pages/man2/openat2.2.html
#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "host/unique_fd.h"

namespace zdt::rehearsal {

/// Whom a file is given to, by the ids of this machine.
struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};

/// Which links a look-up may follow: none, or those that stay in the folder.
enum class Links { kNone, kBeneath };

class HeldFolder {
 public:
  /// Opens a folder of the server's own: no container can write any part of `path`. Fails kEnvironment.
  static Result<HeldFolder> open(const std::string& path);
  /// The same, after making what is missing of it: with mode 0711, as a container's root is an ordinary user of this
  /// machine and has to pass, not to look. Fails kEnvironment.
  static Result<HeldFolder> make_own(const std::string& path);
  /// Takes a descriptor of a folder.
  explicit HeldFolder(host::UniqueFd folder) : folder_(std::move(folder)) {}

  int fd() const { return folder_.get(); }
  /// "/proc/self/fd/N/NAME": a name for this process's calls that take a path. `name` is one component.
  std::string path(std::string_view name = "") const;

  /// What lies at `relative` (an O_PATH descriptor). Fails kNotFound, kInvalid (it leads out), kEnvironment.
  Result<host::UniqueFd> look_up(const std::string& relative, Links links = Links::kNone) const;
  /// Opens the folder at `relative`, without following a link. Fails as look_up().
  Result<HeldFolder> below(const std::string& relative) const;
  /// As below(), and makes the parts of it that are missing with `mode` and
  /// `owner`. Fails kInvalid, kEnvironment.
  Result<HeldFolder> make(const std::string& relative, mode_t mode, Owner owner) const;
  /// Writes a new file; its folder exists. Fails kInvalid, kEnvironment.
  Result<void> write(const std::string& relative, std::string_view content, mode_t mode, Owner owner) const;
  /// The whole file. Fails as look_up().
  Result<std::string> read(const std::string& relative) const;

  /// Puts a link `name` -> `target` in place of what is there, in one step.
  Result<void> put_link(const std::string& name, const std::string& target) const;
  /// Where the link `name` leads; "" when it is none.
  std::string link_at(const std::string& name) const;
  std::vector<std::string> names() const;
  /// Removes `name` with all that is in it; links are removed, not followed. Fails kEnvironment.
  Result<void> remove(const std::string& name) const;

 private:
  host::UniqueFd folder_;
};

/// Whether `name` is one component of a path: not empty, ".", "..", and without "/" and NUL.
bool is_component(std::string_view name);

}  // namespace zdt::rehearsal
