// A rehearsal cluster that is attacked: one for all tests of a suite, started by the real program with a
// limit on its memory. After each test the server must be the same process, and still answer.
#pragma once
#include <gtest/gtest.h>

#include "base/json.h"
#include "host/files.h"
#include "raw/client.h"

namespace zdt::security {

using raw::Answer;
using raw::milliseconds;

inline constexpr const char* kPods = "/api/v1/namespaces/default/pods";
inline constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
inline constexpr const char* kServices = "/api/v1/namespaces/default/services";
inline constexpr const char* kSlices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
inline constexpr const char* kReview = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
inline constexpr const char* kRbac = "/apis/rbac.authorization.k8s.io/v1";

/// out, err  cut at 1 MiB each.   code  128 + signal for a program that a signal ended.   took  of the whole
/// call.
struct Ended {
  int code = -1;
  std::string out, err;
  milliseconds took{0};
};

/// Runs a program to its end (SIGKILL to its group after `limit`), with `env` added and `kilobytes` as its
/// `ulimit -v`.
Ended run(std::vector<std::string> argv, const std::map<std::string, std::string>& env = {},
          milliseconds limit = milliseconds(60'000), int64_t kilobytes = 6'000'000);

/// Asks again every 20 ms until `holds`, at most `limit`. Whether it held.
bool until(const std::function<bool()>& holds, milliseconds limit = milliseconds(10'000));

/// What the climber said: "NAME: what came of it", by name.
using Climbs = std::map<std::string, std::string>;

class Wall : public ::testing::Test {
 protected:
  static void TearDownTestSuite();
  void SetUp() override;
  void TearDown() override;

  /// With the administrator's token, or with `token`.
  static Answer api(const std::string& method, const std::string& path, const json& body = nullptr);
  static Answer as(const std::string& token, const std::string& method, const std::string& path,
                   const json& body = nullptr);
  static Answer raw_api(raw::Request request, milliseconds limit = milliseconds(60'000));
  static std::string bearer(const std::string& token = "");

  static json get(const std::string& path);
  /// Creates; the answer must be a 201, else the test is told.
  static void create(const std::string& path, const json& object);
  /// The 4xx of Kubernetes with all `words` in it, within a second.
  static void refused(const Answer& answer, int status, const std::vector<std::string>& words);
  /// refused() of what creating `object` gives; what was created all the same is removed.
  static void refuse(const std::string& path, const json& object, int status,
                     const std::vector<std::string>& words);

  /// A pod of one container `main` with the image `climber`, which runs `command`; `spec` and `container` are
  /// merged in.
  static json pod(const std::string& name, std::vector<std::string> command,
                  const json& spec = json::object(), const json& container = json::object());
  static std::string phase(const std::string& name);
  static std::string log(const std::string& name, const std::string& container = "main");
  /// Why the first container that waits does not run, and the pod's events: all the words that a user would
  /// see.
  static std::string reasons(const std::string& name);
  /// Whether one of the pod's containers has ever been started.
  static bool has_run(const std::string& name);
  static void remove(const std::string& path);
  /// Deletes without waiting for a grace period, and waits until it is gone.
  static void remove_pod(const std::string& name);

  /// A folder of this machine that no pod was given, with a file `flag` of known content.
  class Victim {
   public:
    Victim();
    std::string path() const { return folder_.path(); }
    std::string flag() const { return flag_; }
    /// As it was made: the flag is whole, and nothing was added.
    void expect_whole() const;

   private:
    host::TempDir folder_{"zdt-victim"};
    std::string flag_;
  };

  static int64_t resident_kib();
  static pid_t server();
  static uint16_t port();
  static std::string state();  ///< the folder of the cluster: server.log is in it
  static std::string server_log();
  static std::map<std::string, std::string> environment();
  static std::string network();  ///< the path of the cluster's network namespace

  /// Another cluster, when a test has left too much in this one.
  static void start_anew();
  /// The longest time that /readyz took while `attack` ran.
  static milliseconds worst_answer_during(const std::function<void()>& attack);
};

}  // namespace zdt::security
