// What hooks and probes have in common: a command inside, an HTTP request or a connection to a container.
#pragma once
#include "rehearsal/node/node_context.h"

namespace zdt::rehearsal {

/// The running container that an action is aimed at.   id  the runtime's.   spec  for the names of its ports.
/// process  its process in the runtime's words: a command inside runs as the same user, with the same
/// environment.
struct ActionTarget {
  std::string id, pod_ip;
  json spec, process;
};

/// A port's number from a number or the name of one of the container's ports; 0 when there is no such.
uint16_t port_number(const json& container, const json& port);

/// The URL of an httpGet action. Fails kInvalid: no such port.
Result<std::string> action_url(const json& http_get, const ActionTarget& target);

/// Runs the command. Fails kFailed (it exited with another code than 0; the sentence holds its output),
/// kTimeout.
Task<Result<void>> run_command(NodeContext& node, json exec, ActionTarget target, milliseconds limit);
/// Any answer is a success. Redirects are not followed. Fails kInvalid, kEnvironment, kTimeout.
Task<Result<http::Response>> send_request(NodeContext& node, json http_get, ActionTarget target,
                                          milliseconds limit);
/// Fails kInvalid, kEnvironment, kTimeout.
Task<Result<void>> connect(NodeContext& node, json tcp_socket, ActionTarget target, milliseconds limit);

/// A postStart or preStop handler: exec, httpGet (any answer will do, as for the kubelet) or sleep.
/// https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
Task<Result<void>> run_hook(NodeContext& node, json handler, ActionTarget target);

}  // namespace zdt::rehearsal
