// The cluster's DNS server: dnsmasq inside the cluster's network namespace.
#pragma once
#include <map>
#include <optional>

#include "host/netns.h"
#include "host/process.h"
#include "host/task.h"
#include "rehearsal/controllers/left_out.h"

namespace zdt::rehearsal {

/// folder   where the records lie (folder/records); private to the cluster. What it holds from earlier is
/// removed. address  what the server listens on, port 53; it is added to the namespace's loopback.
struct DnsOptions {
  std::string folder;
  std::string address = "10.96.0.10";
  std::string domain = "cluster.local";
};

/// dnsmasq, running. It says "started" once its sockets are open.
struct DnsServer {
  explicit DnsServer(const asio::any_io_executor& executor) : heard(executor) {}
  void hear(std::string_view chunk);

  std::optional<host::Child> child;
  std::string said;  ///< until it had started; later words go to the log
  bool started = false, ended = false;
  Condition heard;
};

/// Answers for the Services in the store, and says NXDOMAIN to everything else: nothing leaves the cluster. A
/// new name is known within milliseconds, a changed or removed one within about half a second. Its end stops
/// the server. What is no name or address has no record, and an event LeftOut.
class Dns {
 public:
  /// Returns when the server answers. Fails kEnvironment (no dnsmasq, or what it said when it ended),
  /// kTimeout.
  static Task<Result<std::unique_ptr<Dns>>> start(asio::any_io_executor executor, Store& store,
                                                  std::shared_ptr<host::NetworkNamespace> network,
                                                  DnsOptions options);

  ~Dns();
  pid_t pid() const { return server_->child->pid(); }

 private:
  Dns(asio::any_io_executor executor, Store& store, DnsOptions options, std::shared_ptr<DnsServer> server);
  void schedule();
  /// Writes the files that changed, removes those that are no longer wanted.
  Result<void> write_records();
  Result<void> write_file(const std::string& name, const std::string& lines);
  void follow();

  asio::any_io_executor executor_;
  Store& store_;
  DnsOptions options_;
  std::shared_ptr<DnsServer> server_;
  Background attendance_;
  std::map<std::string, std::string> written_;
  LeftOutEvents events_;
  std::vector<LeftOut> left_out_;  // by the last look
  bool scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Store::Subscription subscription_;
};

}  // namespace zdt::rehearsal
