// The API server in process: store, controllers, the Services' rules and host ports around it, and a node
// that only pretends.
#pragma once
#include "fuzz/targets/targets.h"
#include "host/netns.h"
#include "rehearsal/api/api.h"
#include "rehearsal/autoscaling/trigger_poller.h"
#include "rehearsal/controllers/controllers.h"
#include "rehearsal/controllers/service_proxy.h"
#include "rehearsal/host_ports.h"
#include "unit/rehearsal/api/fake_exchange.h"
#include "unit/rehearsal/api/fake_node.h"

namespace zdt::fuzz {

/// A request as the corpus has it: "METHOD TARGET", header lines, an empty line, the body.
struct ApiInput {
  std::string method, target, type, body;
  std::vector<std::pair<std::string, std::string>> headers;
};
ApiInput api_input(const std::string& text);
std::string text_of(const ApiInput& input);

/// One cluster's memory, and all that acts on it.
class ApiWorld {
 public:
  ApiWorld();
  ~ApiWorld();
  /// Sends the request, lets everybody act on what came of it, and looks at the answer. Throws Fault.
  void take(const ApiInput& input);
  /// A good request of a kind, answered as it must be.
  void check();

 private:
  int ask(const ApiInput& input, std::string& answer);
  void let_act();
  void act_as_kubelet();

  asio::io_context loop_;
  rehearsal::Store store_;
  rehearsal::testing::FakeNode node_{loop_.get_executor()};
  std::shared_ptr<rehearsal::MetricReadings> readings_ = std::make_shared<rehearsal::MetricReadings>();
  std::shared_ptr<host::NetworkNamespace> network_;
  std::unique_ptr<rehearsal::Controllers> controllers_;
  std::unique_ptr<rehearsal::ServiceProxy> proxy_;
  std::unique_ptr<rehearsal::TriggerPoller> triggers_;
  std::unique_ptr<rehearsal::HostPorts> ports_;
  std::unique_ptr<rehearsal::Api> api_;
  std::string bad_rules_;
  uint64_t taken_ = 0;
};

}  // namespace zdt::fuzz
