#include "rehearsal/api/table.h"

#include <gtest/gtest.h>

#include "rehearsal/api/failure.h"
#include "rehearsal/api/json_path.h"

namespace zdt::rehearsal::api {
namespace {

const WallTime kOneHourLater = parse_time("2026-01-01T01:00:00Z").value();

ServedType builtin(const std::string& resource) {
  for (const ResourceType& type : builtin_types()) {
    if (type.resource() == resource) return {type, nullptr, {}};
  }
  throw std::runtime_error(resource);
}

/// The cells of an object, joined.
std::string cells(const std::string& resource, const char* object) {
  json whole = json::parse(object);
  whole["metadata"]["name"] = "n";
  whole["metadata"]["creationTimestamp"] = "2026-01-01T00:59:00Z";
  return printer_for(builtin(resource)).cells(whole, kOneHourLater).dump();
}

TEST(Table, EveryKindHasAsManyCellsAsColumns) {
  for (const ResourceType& type : builtin_types()) {
    const Printer printer = printer_for({type, nullptr, {}});
    const json row = printer.cells({{"metadata", {{"name", "n"}}}}, kOneHourLater);
    EXPECT_EQ(row.size(), printer.columns.size()) << type.resource();
    EXPECT_TRUE(printer.columns.front().name == "Name" || type.kind == "Event") << type.resource();
  }
}

TEST(Table, ShowsWhatKubectlShows) {
  EXPECT_EQ(cells("deployments.apps", R"({"spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}},
     "template": {"spec": {"containers": [{"name": "x", "image": "i"}, {"name": "y", "image": "j"}]}}},
     "status": {"readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 2}})"),
            R"(["n","2/3",1,2,"60s","x,y","i,j","a=b"])");
  EXPECT_EQ(
      cells("services", R"({"spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.1", "selector": {"a": "b"},
     "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}})"),
      R"(["n","LoadBalancer","10.0.0.1","<pending>","80:30080/TCP,53/UDP","60s","a=b"])");
  EXPECT_EQ(cells("endpointslices.discovery.k8s.io",
                  R"({"addressType": "IPv4", "ports": [{"port": 80}], "endpoints": [
     {"addresses": ["1.1.1.1"]}, {"addresses": ["1.1.1.2"]}, {"addresses": ["1.1.1.3"]}, {"addresses": ["1.1.1.4"]}]})"),
            R"(["n","IPv4","80","1.1.1.1,1.1.1.2,1.1.1.3 + 1 more...","60s"])");
  EXPECT_EQ(
      cells("endpoints", R"({"subsets": [{"addresses": [{"ip": "1.1.1.1"}], "ports": [{"port": 80}]}]})"),
      R"(["n","1.1.1.1:80","60s"])");
  EXPECT_EQ(
      cells(
          "nodes",
          R"({"spec": {"unschedulable": true}, "status": {"conditions": [{"type": "Ready", "status": "True"}],
     "nodeInfo": {"kubeletVersion": "v1.33.0"}}})")
          .substr(0, 55),
      R"(["n","Ready,SchedulingDisabled","<none>","60s","v1.33.0)");
  EXPECT_EQ(cells("secrets", R"({"type": "Opaque", "data": {"a": "b"}})"), R"(["n","Opaque",1,"60s"])");
  EXPECT_EQ(cells("namespaces", R"({"status": {"phase": "Active"}})"), R"(["n","Active","60s"])");
  EXPECT_EQ(cells("poddisruptionbudgets.policy", R"({"spec": {"maxUnavailable": "20%"}})"),
            R"(["n","N/A","20%",0,"60s"])");
  EXPECT_EQ(
      cells(
          "events",
          R"({"type": "Warning", "reason": "BackOff", "message": "m ", "count": 2, "involvedObject": {"kind": "Pod",
     "name": "p"}, "lastTimestamp": "2026-01-01T00:59:50Z", "firstTimestamp": "2026-01-01T00:59:00Z"})"),
      R"(["10s","Warning","BackOff","pod/p","","","m","60s",2,"n"])");
}

TEST(Table, CarriesMetadataUnlessToldOtherwise) {
  const auto object =
      std::make_shared<const json>(json{{"metadata", {{"name", "n"}}}, {"data", {{"k", "v"}}}});
  const Printer printer = printer_for(builtin("configmaps"));
  const json table = table_of(printer, {object}, "7", include_object_from(""), kOneHourLater);
  EXPECT_EQ(table["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
  EXPECT_FALSE(table_of(printer, {object}, "7", IncludeObject::kNone, kOneHourLater)["rows"][0].contains("object"));
  EXPECT_EQ(table_of(printer, {object}, "7", IncludeObject::kObject, kOneHourLater)["rows"][0]["object"], *object);
  EXPECT_THROW(include_object_from("All"), Failure);
}

TEST(Table, CustomKindsPrintTheirColumns) {
  ServedType served;
  served.definition = json::parse(R"({"additionalPrinterColumns": [
    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
    {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"},
    {"name": "Since", "type": "date", "jsonPath": ".metadata.creationTimestamp", "priority": 1}]})");
  const Printer printer = printer_for(served);
  EXPECT_EQ(printer.columns[3].priority, 1);
  const json object = json::parse(
      R"({"metadata": {"name": "n", "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"size": 3},
    "status": {"conditions": [{"type": "A", "status": "False"}, {"type": "Ready", "status": "True"}]}})");
  EXPECT_EQ(printer.cells(object, kOneHourLater).dump(), R"(["n",3,"True","60m"])");
  EXPECT_EQ(printer.cells({{"metadata", {{"name", "n"}}}}, kOneHourLater).dump(), R"(["n",null,null,null])");
}

TEST(JsonPath, FindsAndSets) {
  json object = json::parse(R"({"a": {"b": [{"c": 1}, {"c": 2}]}, "x.y": 5, "m": {"d.e/f": 6}})");
  EXPECT_EQ(value_at_path(object, ".a.b[1].c"), 2);
  EXPECT_EQ(value_at_path(object, R"(.x\.y)"), 5);
  EXPECT_EQ(value_at_path(object, ".m['d.e/f']"), 6);
  for (const char* none : {".a.z", ".a.b[7]", ".a[0]", ".a.b[?(@.c)]", ".a.b[", "..", ".a.b[?(@.c==)]"}) {
    EXPECT_TRUE(value_at_path(object, none).is_null()) << none;
  }
  EXPECT_TRUE(set_at_path(object, ".spec.size", 4));
  EXPECT_EQ(object["spec"]["size"], 4);
  EXPECT_FALSE(set_at_path(object, ".a.b[0].c", 4));
}

}  // namespace
}  // namespace zdt::rehearsal::api
