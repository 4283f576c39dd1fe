// The life of one pod, from its assignment to the node until its object is removed from the store.
#pragma once
#include <list>

#include "rehearsal/node/container.h"

namespace zdt::rehearsal {

/// id  another one after each restart.   pid  of its first process, in our process namespace.
struct RunningContainer {
  std::string name, id;
  pid_t pid;
};

/// What a part of it throws (an object of a shape that the API does not allow) is told as an event Failed, the containers
/// that do not run say CreateContainerConfigError, and the pod waits for its deletion, which ends as any other.
class PodWorker : public std::enable_shared_from_this<PodWorker> {
 public:
  PodWorker(std::shared_ptr<NodeContext> node, ObjectPtr pod);

  /// The whole life; the object keeps itself alive meanwhile.
  static Task<void> run(std::shared_ptr<PodWorker> self);

  /// The store's newest state of the pod.
  void update(ObjectPtr pod);
  /// The pod has left the store: it is killed without grace.
  void set_removed();
  /// A ConfigMap or Secret of its namespace changed.
  void notice_new_inputs();
  /// SIGKILL to everything, at once; nothing is reported any more.
  void abandon();

  const Pod& pod() const { return pod_; }
  /// Null when there is none of that name. "": the one that the default-container annotation names, else the
  /// first.
  Container* find(const std::string& container);
  bool owns(pid_t pid) const;
  std::vector<RunningContainer> running() const;
  const std::string& node_name() const { return node_name_; }

 private:
  Task<void> live();
  Task<void> come_up();
  Task<void> come_down();
  void fail(const std::string& thrown);
  void write_status();
  Task<bool> set_up();
  Result<std::unique_ptr<PodSandbox>> make_sandbox();
  Task<bool> set_up_network();
  Task<bool> set_up_volumes();
  Task<bool> start_init_containers();
  Task<bool> run_init_container(Container& container);
  Task<void> start_main_containers();
  Task<void> follow_inputs(uint64_t seen, std::shared_ptr<PodWorker> self);
  Task<void> request_reload(std::string where, std::shared_ptr<PodWorker> self);
  Task<void> supervise(Container& container, std::shared_ptr<PodWorker> self);
  void begin_supervision(Container& container);
  Task<void> stop_all();
  Task<void> stop_one(Container& container, std::function<bool()> turn, std::shared_ptr<PodWorker> self);
  Task<void> clean_up();
  void leave_store();
  void take_deletion();
  void set_stopping();
  bool is_done() const;
  void report();

  struct Supervision {
    Container* container;
    Background task;
  };

  Pod pod_;
  std::string node_name_;
  PodState state_;
  std::vector<std::unique_ptr<Container>> init_, main_;
  std::unique_ptr<PodSandbox> sandbox_;
  std::list<Supervision> supervisions_;
  Background following_, reloading_;
  bool deleting_ = false, removed_ = false, init_failed_ = false, abandoned_ = false;
};

}  // namespace zdt::rehearsal
