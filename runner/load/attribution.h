// Which pod lost a request, and where in its life it then was.
//
// The pod is known, in this order, by the header that it sent; by the connection that the kernel tracked to
// its address; by the address that the edge named; or deduced: when only one of the followed pods was then
// starting, on its way out, or just gone. Otherwise it stays unknown, and the sentence names those that it
// may have been.
#pragma once
#include "load/lives.h"
#include "load/report.h"

namespace zdt::load {

/// One failure's pod and phase. life  null when the pod is unknown, or was not followed.
/// may_have_been  names, when it is unknown and several come into question.
struct Attribution {
  const PodLife* life = nullptr;
  std::string pod, known_by;
  LifePhase phase = LifePhase::kUnknown;
  WallTime at;
  std::vector<std::string> may_have_been;
};

/// What counts is the moment when the failure came, but for time-outs the one when the request was sent.
/// began  of the load.
Attribution attribution_of(const Failure& failure, const std::vector<PodLife>& lives, WallTime began);

/// Sets losses, unattributed, and the verdict's losses_by_phase and losses_by_version from
/// report.kept_failures. Of a pod that sent no x-version, the version is that of its life. PodLife::answered
/// is taken from report.pods.
void attribute_losses(Report& report, std::vector<PodLife> lives);

}  // namespace zdt::load
