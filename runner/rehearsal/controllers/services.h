// Gives Services their addresses and node ports.
#pragma once
#include <set>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// An IPv4 range, "10.96.0.0/16".
struct AddressRange {
  uint32_t first = 0, last = 0;  ///< host byte order, network and broadcast address included

  /// Fails kInvalid.
  static Result<AddressRange> parse(const std::string& text);
  std::string at(uint32_t offset) const;
  uint32_t size() const { return last - first + 1; }
};

/// clusterIP: a given one is kept (with an event ClusterIPAlreadyAllocated when another Service has it),
/// "None" stays headless, ExternalName gets none. The others come in order from behind the range's lower
/// band, which stays free for given ones (kubernetes.io/docs/reference/networking/virtual-ips, "Avoiding
/// collisions"). Node ports are numbers from 30000 to 32767 only: nothing listens there.
class ServiceAddresses : public Controller {
 public:
  ServiceAddresses(Store& store, AddressRange range, Clock now);
  std::string_view name() const override { return "service-addresses"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return "services"; }

 private:
  std::set<std::string> addresses_of_others(const Key& key) const;
  std::set<int64_t> used_node_ports() const;
  /// A free address; "" when the range is full. An address that was just freed comes last.
  std::string free_address(const std::set<std::string>& used);
  bool put_address(json& service, const std::set<std::string>& used);
  bool put_node_ports(json& service);

  Store& store_;
  AddressRange range_;
  Clock now_;
  uint32_t next_ = 0;  // offset into the upper band
};

}  // namespace zdt::rehearsal
