// Sets of objects from YAML, and findings as short words.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "audit/rule.h"
#include "base/text.h"
#include "base/yaml.h"

namespace zdt::audit::testing {

using Words = std::vector<std::string>;

inline std::string planted_text(const std::string& name) {
  std::ifstream file(std::string(ZDT_SOURCE) + "/tests/unit/audit/planted/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline Input input_of(const std::string& yaml) {
  auto objects = parse_yaml_documents(yaml, "test");
  EXPECT_TRUE(objects) << (objects ? "" : objects.error().what);
  return {objects ? *objects : std::vector<json>{}, {}};
}

/// "rule Kind/name path"
inline std::string line_of(const Finding& finding) {
  return trim(fmt::format("{} {} {}", finding.rule, finding.object.text(), finding.path));
}

inline Words lines_of(const std::vector<Finding>& findings) {
  Words lines;
  for (const Finding& finding : findings) lines.push_back(line_of(finding));
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// A Deployment `web` behind a Service, with nothing to find at any level. Two of its pods, one container
/// `app`.
inline const std::string kGood = R"(
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 60
      containers:
        - name: app
          image: example/app:1
          args: []
          env: []
          ports: [{ name: http, containerPort: 8080 }]
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
          readinessProbe: { httpGet: { path: /ready, port: http }, periodSeconds: 3, failureThreshold: 2 }
          livenessProbe: { httpGet: { path: /live, port: http }, periodSeconds: 10, failureThreshold: 6 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
)";

inline const std::string kContainer = "/spec/template/spec/containers/0";

/// kGood with one value of its Deployment replaced.
inline Input good_with(const std::string& path, const json& value) {
  Input input = input_of(kGood);
  input.objects[0] = input.objects[0].patch(json::array({add_operation(path, value)}));
  return input;
}

}  // namespace zdt::audit::testing
