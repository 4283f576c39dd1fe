// Brings everything together that a bundle has to hold: from folders, and what is not there from the network.
#pragma once
#include "bundle/pieces.h"
#include "bundle/wanted.h"
#include "http/client.h"

namespace zdt::bundle {

/// root     the project (manifests/, values of charts).   kubectl  the program.   from  folders whose pieces
/// are taken first.   scratch  where what is fetched lies until the bundle is written.   node_image  whether
/// Kind's node image belongs to it.   say  one line for each thing that is fetched.
struct Sources {
  fs::path root, scratch;
  std::string kubectl;
  std::vector<fs::path> from;
  Pins pins;
  bool node_image = true;
  std::function<void(const std::string&)> say;
};

struct Gathered {
  std::vector<Piece> pieces;
  std::vector<Wanted> wanted;
};

/// Charts come with `helm pull`, images with `docker pull` and `docker save`, manifests by HTTPS. All that
/// cannot be had is named in one error: kEnvironment; so is every container that would be pulled Always, as no bundle
/// helps that one. Images that Docker has are not pulled. Pieces that nobody wants stay out.
Task<Result<Gathered>> gather(Sources sources);

/// The argument lists, for tests and for people who want to see them.
std::vector<std::string> pull_chart_command(const Chart& chart, const fs::path& folder);
/// kubernetes  the version that it is rendered for; "": helm's own.
std::vector<std::string> render_chart_command(const Chart& chart, const fs::path& archive, const fs::path& root,
                                              const std::string& kubernetes);

/// Renders a chart. Fails kEnvironment (no helm, a chart that it does not render), kScript.
Task<Result<Asked>> asked_by_chart(Chart chart, fs::path archive, fs::path root, std::string kubernetes);

/// What is wrong with the charts of a bundle, one sentence each: those of `pins` that cannot be rendered, that pull an
/// image Always, or name one that the bundle does not hold. Fails kEnvironment: there is no helm; or as Bundle::extract().
Task<Result<std::vector<std::string>>> chart_problems(fs::path file, Pins pins, fs::path root);

}  // namespace zdt::bundle
