// The addresses and node ports that a Service asks for by itself (pkg/registry/core/service/ipallocator, portallocator).
#pragma once
#include "rehearsal/store/store.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

/// Throws Failure 422 when `service` wants one that is out of its range, or another Service's. What `previous` (null: a new
/// Service) had already is its own.
void check_allocations(const Store& store, const ResourceType& type, const json& service, const json& previous);

}  // namespace zdt::rehearsal::api
