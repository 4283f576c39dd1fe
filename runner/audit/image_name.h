// What an image's name tells of what is in it.
#pragma once
#include <string>
#include <string_view>

namespace zdt::audit {

/// The repository without registry, tag and digest: "envoyproxy/envoy" of docker.io/envoyproxy/envoy:v1@sha256:…; "nginx" of
/// docker.io/library/nginx.
std::string repository_of(std::string_view image);

/// Whether its repository is `known`, as a whole, or a mirror's copy below other folders ("mirror/envoyproxy/envoy"; a known
/// name of one part has to be alone).
bool is_repository(std::string_view image, std::string_view known);

/// Whether its /bin/sh is busybox': Alpine, busybox itself, and tags that say alpine.
bool is_busybox_image(std::string_view image);

/// Whether it is one of the distributions' own images, which set no STOPSIGNAL and start no server.
bool is_bare_image(std::string_view image);

}  // namespace zdt::audit
