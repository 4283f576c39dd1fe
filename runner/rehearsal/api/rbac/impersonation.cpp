#include "rehearsal/api/rbac/impersonation.h"

#include <algorithm>

#include "base/text.h"
#include "rehearsal/api/names.h"

namespace zdt::rehearsal::api {
namespace {

constexpr std::string_view kExtraPrefix = "impersonate-extra-";
constexpr const char* kAuthenticationGroup = "authentication.k8s.io";

/// What the headers ask for.
struct Mask {
  std::string user, uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::string>> extra;
  bool is_partial() const { return user.empty() && (!uid.empty() || !groups.empty() || !extra.empty()); }
};

Mask mask_of(const http::Headers& headers) {
  Mask mask;
  for (const auto& [field, value] : headers.all()) {
    const std::string name = lower(field);
    if (name == "impersonate-user" && mask.user.empty()) mask.user = value;
    if (name == "impersonate-uid" && mask.uid.empty()) mask.uid = value;
    if (name == "impersonate-group") mask.groups.push_back(value);
    if (name.starts_with(kExtraPrefix))
      mask.extra.emplace_back(http::url_decode(name.substr(kExtraPrefix.size())), value);
  }
  return mask;
}

/// "NAMESPACE", "NAME" when `user` is a service account's, else nothing (SplitUsername).
std::vector<std::string> account_parts(const std::string& user) {
  constexpr std::string_view kPrefix = "system:serviceaccount:";
  if (!user.starts_with(kPrefix)) return {};
  auto parts = split(user.substr(kPrefix.size()), ':');
  const bool valid = parts.size() == 2 && broken_label_rule(parts[0]).empty() && broken_subdomain_rule(parts[1]).empty();
  return valid ? parts : std::vector<std::string>{};
}

Attributes wish(const std::string& group, const std::string& resource, const std::string& name) {
  Attributes asked;
  asked.verb = "impersonate";
  asked.group = group;
  asked.resource = resource;
  asked.name = name;
  return asked;
}

Attributes wish_for_user(const std::string& user) {
  const auto account = account_parts(user);
  if (account.empty()) return wish("", "users", user);
  Attributes asked = wish("", "serviceaccounts", account[1]);
  asked.ns = account[0];
  return asked;
}

void require_all(const User& requestor, const Mask& mask, const Authorizer& authorizer) {
  authorizer.require(requestor, wish_for_user(mask.user));
  for (const std::string& group : mask.groups) authorizer.require(requestor, wish("", "groups", group));
  if (!mask.uid.empty()) authorizer.require(requestor, wish(kAuthenticationGroup, "uids", mask.uid));
  for (const auto& [key, value] : mask.extra) {
    Attributes asked = wish(kAuthenticationGroup, "userextras", value);
    asked.subresource = key;
    authorizer.require(requestor, asked);
  }
}

bool holds_group(const std::vector<std::string>& groups, const char* group) {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

/// The groups that come by themselves: an account's own, and whether somebody is known at all.
std::vector<std::string> groups_of(const Mask& mask) {
  std::vector<std::string> groups = mask.groups;
  const auto account = account_parts(mask.user);
  if (groups.empty() && !account.empty()) groups = account_groups(account[0]);
  const bool unknown = holds_group(groups, "system:unauthenticated");
  if (mask.user == "system:anonymous") {
    if (!unknown) groups.push_back("system:unauthenticated");
  } else if (!unknown && !holds_group(groups, "system:authenticated")) {
    groups.push_back("system:authenticated");
  }
  return groups;
}

}  // namespace

User acting_user(const User& requestor, const http::Headers& headers, const Authorizer& authorizer) {
  const Mask mask = mask_of(headers);
  if (mask.is_partial()) throw bad_request("requested groups, uid or extra without impersonating a user");
  if (mask.user.empty()) return requestor;
  require_all(requestor, mask, authorizer);
  User user{mask.user, mask.uid, groups_of(mask), {}};
  for (const auto& [key, value] : mask.extra) user.extra[key].push_back(value);
  return user;
}

}  // namespace zdt::rehearsal::api
