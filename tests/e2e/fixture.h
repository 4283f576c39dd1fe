// A state folder of its own, the real binary, and a cluster that is taken down whatever happened.
#pragma once
#include <gtest/gtest.h>

#include "base/json.h"
#include "host/files.h"
#include "host/process.h"

namespace zdt::e2e {

class Demo : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Runs `zdt-demo arguments…` to its end, for at most `limit`.
  host::Exit demo(std::vector<std::string> arguments, milliseconds limit = milliseconds(300'000));
  /// A program with the test's own state folder and cluster, at most 5 minutes.
  host::Command command(std::vector<std::string> argv) const;
  /// Runs any program with KUBECONFIG set to the cluster's.
  host::Exit program(std::vector<std::string> argv, std::string input = "");
  host::Exit kubectl(std::vector<std::string> arguments, std::string input = "");

  /// Runs `zdt-demo arguments… -o ndjson`, at most 4 minutes, and gives every event to `on_event` as it comes, with the
  /// running program.
  host::Exit watch(std::vector<std::string> arguments, const std::function<void(const json& event, host::Child&)>& on_event);
  /// Sends SIGKILL as soon as the program has written an event for which `when` is true. False when none came.
  bool kill_at(std::vector<std::string> arguments, const std::function<bool(const json& event)>& when);

  /// The assertions of the last step of a `-o json` document, by name: {status, want, got}.
  static std::map<std::string, json> assertions(const json& document);
  static json document(const host::Exit& exit);

  /// The events of the newest run's journal.
  std::vector<json> journal() const;
  const host::fs::path& state() const { return state_.path(); }
  json cluster_status();
  /// The project's folder (scripts/, manifests/) that the programs see.
  void use_root(host::fs::path root) { root_ = std::move(root); }

 private:
  host::Exit run(host::Command command);
  host::TempDir state_{"zdt-e2e"};
  host::fs::path root_ = ZDT_SOURCE;
};

}  // namespace zdt::e2e
