#include "fuzz/targets/api_world.h"

#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "base/text.h"
#include "rehearsal/api/defaults.h"
#include "rehearsal/api/definitions.h"

namespace zdt::fuzz {
namespace {

using rehearsal::ObjectPtr;
using rehearsal::ResourceType;

/// How many handlers may run for one input, and how much work for the controllers: the rest waits for the
/// next.
constexpr int kTurns = 3000;
constexpr size_t kChecked = 64;

void fill_defaults(const std::string& resource, json& object) {
  for (const ResourceType& type : rehearsal::builtin_types()) {
    if (type.resource() == resource) rehearsal::api::apply_defaults(type, object);
  }
}

/// The characters that our own rules are made of; a text of somebody's that got in would bring others.
std::string stranger_in(const std::string& ruleset) {
  for (const std::string& line : split(ruleset, '\n')) {
    if (line.find("include") != std::string::npos) return line;
    for (const unsigned char c : line) {
      if (c < 0x20 && c != '\t') return line;
      if (c > 0x7e) return line;
    }
  }
  return "";
}

void add_node(rehearsal::Store& store, const std::string& name) {
  json node = {{"apiVersion", "v1"},
               {"kind", "Node"},
               {"metadata", {{"name", name}, {"labels", {{"kubernetes.io/hostname", name}}}}}};
  node["status"] = {{"allocatable", {{"cpu", "8"}, {"memory", "32Gi"}, {"pods", "110"}}},
                    {"conditions", json::array({{{"type", "Ready"}, {"status", "True"}}})},
                    {"addresses", json::array({{{"type", "InternalIP"}, {"address", "172.18.0.3"}}})}};
  (void)store.create("nodes", std::move(node));
}

}  // namespace

ApiInput api_input(const std::string& text) {
  ApiInput input;
  const size_t end = text.find("\n\n");
  const auto lines = split(text.substr(0, end), '\n');
  input.body = end == std::string::npos ? "" : text.substr(end + 2);
  const size_t space = lines.empty() ? std::string::npos : lines[0].find(' ');
  input.method = space == std::string::npos ? "GET" : lines[0].substr(0, space);
  input.target = space == std::string::npos ? "/" : lines[0].substr(space + 1);
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(": ");
    if (colon == std::string::npos) continue;
    const std::string name = lines[i].substr(0, colon), value = lines[i].substr(colon + 2);
    if (name == "Content-Type") input.type = value;
    if (name != "Content-Type") input.headers.emplace_back(name, value);
  }
  return input;
}

std::string text_of(const ApiInput& input) {
  std::string text = input.method + " " + input.target + "\n";
  if (!input.type.empty()) text += "Content-Type: " + input.type + "\n";
  for (const auto& [name, value] : input.headers) text += name + ": " + value + "\n";
  return text + "\n" + input.body;
}

ApiWorld::ApiWorld() {
  rehearsal::seed(store_);
  auto acted_on = rehearsal::install_definitions(store_, ZDT_SOURCE "/manifests/rehearsal-definitions");
  add_node(store_, "zero-downtime-worker");
  add_node(store_, "zero-downtime-worker2");
  rehearsal::ControllerOptions options;
  options.defaults = fill_defaults;
  options.readings = readings_;
  controllers_ = std::make_unique<rehearsal::Controllers>(loop_.get_executor(), store_, std::move(options));
  rehearsal::ProxyOptions proxy;
  proxy.sync_delay = proxy.retry_delay = milliseconds(0);
  const auto apply = [this](const std::string& ruleset) {
    if (bad_rules_.empty()) bad_rules_ = stranger_in(ruleset);
    return Result<void>();
  };
  proxy_ = std::make_unique<rehearsal::ServiceProxy>(loop_.get_executor(), store_, apply, proxy);
  if (auto made = host::NetworkNamespace::create()) network_ = *made;
  triggers_ = std::make_unique<rehearsal::TriggerPoller>(loop_.get_executor(), store_, readings_, network_);
  if (network_) ports_ = std::make_unique<rehearsal::HostPorts>(loop_.get_executor(), store_, network_);
  rehearsal::ApiOptions served;
  served.token = "secret";
  served.network = network_;
  if (acted_on) served.acted_on = *acted_on;
  api_ = std::make_unique<rehearsal::Api>(store_, node_, std::move(served));
  let_act();
}

ApiWorld::~ApiWorld() {
  ports_.reset();
  triggers_.reset();
  proxy_.reset();
  controllers_.reset();
  loop_.restart();
  loop_.poll();
}

int ApiWorld::ask(const ApiInput& input, std::string& answer) {
  rehearsal::testing::FakeExchange exchange(input.method, input.target, input.body, input.type);
  for (const auto& [name, value] : input.headers) exchange.headers.add(name, value);
  asio::cancellation_signal gone;
  std::exception_ptr failure;
  bool done = false;
  const auto ended = [&](std::exception_ptr thrown) {
    failure = thrown;
    done = true;
  };
  asio::co_spawn(loop_, api_->handle(exchange), asio::bind_cancellation_slot(gone.slot(), ended));
  loop_.restart();
  for (int turn = 0; !done && turn < kTurns && loop_.poll_one() > 0; ++turn) {
  }
  const bool waits = !done;  // a watch, say: its client goes now
  if (waits) gone.emit(asio::cancellation_type::terminal);
  for (int turn = 0; !done && turn < kTurns && loop_.poll_one() > 0; ++turn) {
  }
  if (!done) throw Fault("the request does not end when its client has gone");
  if (failure && !waits) std::rethrow_exception(failure);
  answer = std::move(exchange.answer);
  if (!waits && exchange.content_type.starts_with("application/json") && !exchange.ended &&
      !json::accept(answer)) {
    throw Fault("the answer is not JSON: " + answer.substr(0, 200));
  }
  return exchange.status;
}

void ApiWorld::take(const ApiInput& input) {
  std::string answer;
  const int status = ask(input, answer);
  let_act();
  if (status == 500) throw Fault("answered 500: " + answer.substr(0, 300));
  if (!bad_rules_.empty())
    throw Fault("somebody's text got into the firewall's rules: " + bad_rules_.substr(0, 200));
}

void ApiWorld::let_act() {
  if (++taken_ % 8 == 0) controllers_->queue().hurry();
  loop_.restart();
  for (int turn = 0; turn < kTurns && loop_.poll_one() > 0; ++turn) {
  }
  act_as_kubelet();
}

/// Pods that a node has run, those that shall go are gone. Whatever shape they have.
void ApiWorld::act_as_kubelet() {
  size_t acted = 0;
  for (const ObjectPtr& pod : store_.list("pods")) {
    if (acted == kChecked) return;
    const std::string ns = string_at(*pod, {"metadata", "namespace"}),
                      name = string_at(*pod, {"metadata", "name"});
    if (at(*pod, {"metadata"}).contains("deletionTimestamp")) {
      (void)store_.remove("pods", ns, name);
      ++acted;
    } else if (at(*pod, {"spec", "nodeName"}).is_string() && string_at(*pod, {"status", "podIP"}).empty()) {
      ++acted;
      (void)store_.modify("pods", ns, name, [acted](json& changed) {
        changed["status"] = {{"phase", "Running"},
                             {"podIP", "10.244.1." + std::to_string(acted)},
                             {"conditions", json::array({{{"type", "Ready"}, {"status", "True"}}})}};
      });
    }
  }
}

void ApiWorld::check() {
  if (taken_ % kChecked != 0) return;
  std::string answer;
  const std::vector<std::pair<ApiInput, int>> good = {
      {{"GET", "/readyz", "", "", {}}, 200},
      {{"GET",
        "/api/v1/namespaces/default/pods",
        "",
        "",
        {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}}},
       200},
      {{"GET", "/metrics", "", "", {}}, 200},
      {{"POST",
        "/api/v1/namespaces/kube-public/configmaps?dryRun=All",
        "application/json",
        R"({"metadata":{"name":"good"}})",
        {}},
       201}};
  for (const auto& [input, wanted] : good) {
    const int status = ask(input, answer);
    if (status != wanted)
      throw Fault(input.method + " " + input.target + " gives " + std::to_string(status) +
                  " now: " + answer.substr(0, 300));
  }
}

}  // namespace zdt::fuzz
