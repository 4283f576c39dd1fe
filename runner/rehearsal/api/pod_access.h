// Looking into a pod: which container a request means, and the frames of exec.
#pragma once
#include "rehearsal/api/call.h"

namespace zdt::rehearsal::api {

/// The pod itself, whatever part of it the request is about. Throws Failure 404.
ObjectPtr pod_of(const Objects& objects, const ApiCall& call);

/// The container that `asked` names, or the only one of the pod. Throws Failure 400 when it is not clear
/// (kubernetes/pkg/registry/core/pod/strategy.go, podContainer).
std::string container_of(const json& pod, const std::string& asked);

/// The query of a pods/log request. Throws Failure 400.
LogOptions log_options_from(const ApiCall& call, WallTime now);

/// The channels of v4.channel.k8s.io and v5.channel.k8s.io: the first byte of every message.
/// https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
enum class Channel : unsigned char {
  kInput = 0,
  kOutput = 1,
  kError = 2,
  kStatus = 3,
  kResize = 4,
  kClose = 255
};
std::string frame(Channel channel, std::string_view content);

/// The newest protocol of `offered` that we speak, or "".
std::string chosen_protocol(const std::vector<std::string>& offered);

/// What the status channel says at the end of a command.
json exit_status(int code);

}  // namespace zdt::rehearsal::api
