// The cluster's names as lines of a hosts file: pure functions.
#pragma once
#include <map>

#include "rehearsal/controllers/left_out.h"

namespace zdt::rehearsal {

/// By file name ("namespace.service"): the lines "ADDRESS NAME" of each Service, after the specification at
/// kubernetes/dns (docs/specification.md). A Service with a cluster IP has one name,
/// SERVICE.NAMESPACE.svc.DOMAIN; a headless one has that name for each ready endpoint, and HOSTNAME. before
/// it for endpoints with a hostname. Services without any address, and ExternalName ones (a hosts file has no
/// aliases), have no file. Short names are the business of the pods' search lists. Names are DNS labels and addresses
/// IPv4 addresses before they become files and lines: any other leaves its endpoint or Service out, and goes into
/// `left_out`.
std::map<std::string, std::string> dns_records(const std::vector<ObjectPtr>& services,
                                               const std::vector<ObjectPtr>& slices,
                                               const std::string& domain, LeftOutList left_out = nullptr);

}  // namespace zdt::rehearsal
