// The cluster's names as lines of a hosts file: pure functions.
#pragma once
#include <map>

#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// By file name ("namespace.service"): the lines "ADDRESS NAME" of each Service, after the specification at
/// kubernetes/dns (docs/specification.md). A Service with a cluster IP has one name,
/// SERVICE.NAMESPACE.svc.DOMAIN; a headless one has that name for each ready endpoint, and HOSTNAME. before
/// it for endpoints with a hostname. Services without any address, and ExternalName ones (a hosts file has no
/// aliases), have no file. Short names are the business of the pods' search lists.
std::map<std::string, std::string> dns_records(const std::vector<ObjectPtr>& services,
                                               const std::vector<ObjectPtr>& slices,
                                               const std::string& domain);

}  // namespace zdt::rehearsal
