#include "rehearsal/node/exec_session.h"

namespace zdt::rehearsal {
namespace {

class CrunExec : public ExecSession {
 public:
  explicit CrunExec(Crun::Exec exec) : exec_(std::move(exec)) {}

  Task<void> write_input(std::string data) override { co_await exec_.child().write_input(std::move(data)); }
  void close_input() override { exec_.child().close_input(); }
  Task<int> wait() override {
    const host::Exit exit = co_await exec_.child().wait();
    co_return exit.code;
  }

 private:
  Crun::Exec exec_;
};

}  // namespace

Result<std::unique_ptr<ExecSession>> start_exec(
    NodeContext& node, const ActionTarget& target, const std::vector<std::string>& argv,
    OutputSink take_output) {
  auto exec = node.crun.exec(node.executor, target.id, target.process, argv, true, std::move(take_output));
  if (!exec) return exec.error();
  return std::unique_ptr<ExecSession>(std::make_unique<CrunExec>(std::move(*exec)));
}

}  // namespace zdt::rehearsal
