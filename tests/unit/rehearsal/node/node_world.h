// A store, a cluster network and a node, for tests inside cluster namespaces.
#pragma once
#include <fstream>

#include "base/text.h"
#include "base/yaml.h"
#include "host/files.h"
#include "rehearsal/node/node.h"
#include "unit/rehearsal/node/cluster_namespaces.h"

namespace zdt::rehearsal {

constexpr const char* kTestCatalogue = R"(
images:
  - name: busybox
    cmd: [sh]
  - name: shell
    entrypoint: [/bin/sh, -c]
    user: 1234
    env: {GREETING: hello}
    tags: {v1: {env: {VERSION: one}}, v2: {env: {VERSION: two}}}
)";

class NodeWorld {
 public:
  NodeWorld() : NodeWorld(kTestCatalogue, {}) {}
  NodeWorld(const std::string& images, std::map<std::string, std::string> variables) {
    const std::string catalogue = folder_.path() / "images.yaml";
    std::ofstream(catalogue) << images;
    NodeOptions options;
    options.nodes = {{"node-1", "172.18.0.3", "10.244.0.0/24", false},
                     {"node-2", "172.18.0.4", "10.244.1.0/24", true}};
    options.usage_interval = milliseconds(50);
    options.folder = folder_.path() / "node";
    options.catalogue = catalogue;
    options.variables = std::move(variables);
    node = Node::create(loop.get_executor(), store, options, network).value();
    await<Result<void>>(node->start()).value();
  }

  /// Runs the loop until `holds` or `limit`; whether it holds. Looked at each 10 ms: some of it is on disk.
  bool run_until(const std::function<bool()>& holds, milliseconds limit = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      loop.run_one_until(std::min(deadline, std::chrono::steady_clock::now() + milliseconds(10)));
    }
    return true;
  }

  template <class T>
  T await(Task<T> task) {
    std::optional<T> value;
    std::exception_ptr thrown;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr failure, T result) {
      thrown = failure;
      value = std::move(result);
    });
    EXPECT_TRUE(run_until([&] { return value.has_value(); })) << "the task did not end";
    if (thrown) std::rethrow_exception(thrown);
    return std::move(value).value();
  }

  /// Creates a pod on a node from its name and the YAML of its spec.
  void create_pod(const std::string& name, const std::string& spec, const std::string& node_name = "node-1") {
    json pod = {{"metadata", {{"name", name}, {"namespace", "default"}, {"labels", {{"app", name}}}}},
                {"spec", parse_yaml(spec, name).value()}};
    pod["spec"]["nodeName"] = node_name;
    store.create("pods", pod).value();
  }

  bool exists(const std::string& name) { return store.find("pods", "default", name) != nullptr; }
  json pod(const std::string& name) {
    const ObjectPtr found = store.find("pods", "default", name);
    return found ? *found : json();
  }
  /// The status of a container, init or main.
  json container(const std::string& pod_name, const std::string& name) {
    const json object = pod(pod_name);
    for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
      for (const json& status : array_at(object, {"status", list})) {
        if (status["name"] == name) return status;
      }
    }
    return {};
  }
  bool is_running(const std::string& pod_name, const std::string& name) {
    return container(pod_name, name).contains("state") &&
           container(pod_name, name)["state"].contains("running");
  }
  std::string condition(const std::string& name, const std::string& type) {
    const json object = pod(name);
    for (const json& condition : array_at(object, {"status", "conditions"})) {
      if (condition["type"] == type) return condition["status"].get<std::string>();
    }
    return "";
  }
  std::string waiting_reason(const std::string& pod_name, const std::string& name) {
    return string_at(container(pod_name, name), {"state", "waiting", "reason"});
  }
  bool has_event(const std::string& reason, const std::string& part_of_message = "") {
    for (const ObjectPtr& event : store.list("events")) {
      const bool says = string_at(*event, {"message"}).find(part_of_message) != std::string::npos;
      if (string_at(*event, {"reason"}) == reason && says) return true;
    }
    return false;
  }

  std::string log(const std::string& pod_name, const std::string& container, LogOptions options = {}) {
    auto reader = node->logs("default", pod_name, container, options);
    if (!reader) return "error: " + reader.error().what;
    std::string text;
    while (auto part = await<std::optional<std::string>>((*reader)->next())) text += *part;
    return text;
  }
  bool wait_for_log(const std::string& pod_name, const std::string& container, const std::string& text) {
    return run_until([&] { return peek_log(pod_name, container).find(text) != std::string::npos; });
  }

  /// The pod's folder below the node's.
  std::string pod_folder(const std::string& name) {
    return (folder_.path() / "node/pods" / string_at(pod(name), {"metadata", "uid"})).string();
  }

  struct ExecResult {
    int code = -1;
    std::string out, err;
  };
  ExecResult exec(const std::string& pod_name, const std::string& container, std::vector<std::string> argv,
                  const std::string& input = "") {
    ExecResult result;
    auto session = node->exec("default", pod_name, container, std::move(argv),
                              [&](host::Stream stream, std::string text) -> Task<void> {
                                (stream == host::Stream::kOut ? result.out : result.err) += text;
                                co_return;
                              });
    if (!session) return {-1, "", session.error().what};
    std::optional<bool> written;
    asio::co_spawn(loop, (*session)->write_input(input), [&](std::exception_ptr) { written = true; });
    run_until([&] { return written.has_value(); });
    (*session)->close_input();
    result.code = await<int>((*session)->wait());
    return result;
  }

  void remove_pod(const std::string& name, int64_t grace = -1) {
    request_deletion(store, "pods", "default", name, grace).value();
  }
  bool run_until_gone(const std::string& name) {
    return run_until([&] { return !exists(name); });
  }

  asio::io_context loop;
  Store store;
  std::shared_ptr<host::NetworkNamespace> network = host::NetworkNamespace::create().value();
  std::unique_ptr<Node> node;

 private:
  std::string peek_log(const std::string& pod_name, const std::string& container) {
    const std::string folder = pod_folder(pod_name) + "/logs/" + container;
    std::string all;
    std::error_code missing;
    for (const auto& file : host::fs::directory_iterator(folder, missing))
      all += host::read_file(file.path()).value();
    return all;
  }

  host::TempDir folder_{"zdt-node-test"};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(loop);
};

/// The processes of our own process namespace but ourselves.
inline int other_processes() {
  int count = 0;
  for (const auto& entry : host::fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    count += name.find_first_not_of("0123456789") == std::string::npos && name != "1";
  }
  return count;
}

inline size_t mount_count() { return split(host::read_file("/proc/self/mountinfo").value(), '\n').size(); }

}  // namespace zdt::rehearsal
