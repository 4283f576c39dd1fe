// A Host whose folders are temporary and whose terminal says nothing.
#pragma once
#include "cluster/target.h"
#include "host/host.h"
#include "unit/host/on_loop.h"

namespace zdt::cluster::testing {

class SilentTerminal : public host::Terminal {
 public:
  bool output_is_terminal() const override { return false; }
  bool input_is_terminal() const override { return false; }
  int columns() const override { return 80; }
  Task<std::optional<std::string>> read_key() override { co_return std::nullopt; }

 protected:
  int put(Channel, std::string_view) override { return 0; }
};

class ClusterWorld : public ::testing::Test {
 protected:
  template <class T>
  T wait(Task<T> task) {
    return zdt::testing::on_loop(loop, std::move(task));
  }

  asio::io_context loop;
  SilentTerminal terminal;
  host::TempDir folder{"cluster"};
  host::Host host{loop, terminal, {{"HOME", folder.path()}}, folder.path(), folder.path(), folder.path(), folder.path() / "state"};
};

}  // namespace zdt::cluster::testing
