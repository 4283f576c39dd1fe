// Network namespaces; they need root.
#include "host/netns.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/files.h"
#include "host/unique_fd.h"

namespace zdt::host {
namespace {

class NetworkNamespaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
  }
};

std::string name_of_namespace(const std::string& path) { return fs::read_symlink(path).string(); }

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint16_t listen_on(int fd) {
  sockaddr_in address = loopback(0);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(fd, 4), 0);
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

int connect_to(int fd, uint16_t port) {
  const sockaddr_in address = loopback(port);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

TEST_F(NetworkNamespaceTest, SocketsMadeInItTalkToEachOtherAndToNobodyElse) {
  auto network = NetworkNamespace::create();
  ASSERT_TRUE(network) << network.error().what;
  UniqueFd server((*network)->make_socket(AF_INET, SOCK_STREAM, 0));
  UniqueFd inside((*network)->make_socket(AF_INET, SOCK_STREAM, 0));
  UniqueFd outside(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const uint16_t port = listen_on(server.get());
  EXPECT_EQ(connect_to(inside.get(), port), 0);
  EXPECT_EQ(connect_to(outside.get(), port), ECONNREFUSED);
  EXPECT_EQ(fcntl(inside.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(NetworkNamespaceTest, RunsWorkInItWhileOurThreadStaysOutside) {
  const std::string ours = name_of_namespace("/proc/thread-self/ns/net");
  auto network = NetworkNamespace::create();
  ASSERT_TRUE(network);
  std::string theirs;
  (*network)->run([&] { theirs = name_of_namespace("/proc/thread-self/ns/net"); });
  EXPECT_NE(theirs, ours);
  EXPECT_EQ(name_of_namespace("/proc/thread-self/ns/net"), ours);
  EXPECT_EQ(name_of_namespace((*network)->path()), theirs);
}

TEST_F(NetworkNamespaceTest, CanBeJoinedByItsPathAndLivesAsLongAsAnyoneHasIt) {
  auto made = NetworkNamespace::create();
  ASSERT_TRUE(made);
  auto joined = NetworkNamespace::join((*made)->path());
  ASSERT_TRUE(joined) << joined.error().what;
  const std::string name = name_of_namespace((*made)->path());
  made->reset();
  EXPECT_EQ(name_of_namespace((*joined)->path()), name);
  UniqueFd server((*joined)->make_socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_GT(listen_on(server.get()), 0);
}

TEST_F(NetworkNamespaceTest, WhatIsNotThereCannotBeJoined) {
  auto joined = NetworkNamespace::join("/proc/999999999/ns/net");
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Code::kEnvironment);
  EXPECT_NE(joined.error().what.find("No such file"), std::string::npos);
  EXPECT_FALSE(NetworkNamespace::join("/dev/null"));
}

TEST_F(NetworkNamespaceTest, HandsOnTheReasonWhenASocketCannotBeMade) {
  auto network = NetworkNamespace::create();
  ASSERT_TRUE(network);
  errno = 0;
  EXPECT_EQ((*network)->make_socket(AF_INET, SOCK_STREAM, 9999), -1);
  EXPECT_NE(errno, 0);
}

TEST_F(NetworkNamespaceTest, WorkThatThrowsThrowsAtItsCallerAndTheThreadGoesOn) {
  auto network = NetworkNamespace::create();
  ASSERT_TRUE(network);
  EXPECT_THROW((*network)->run([] { throw std::runtime_error("broken"); }), std::runtime_error);
  bool ran = false;
  (*network)->run([&] { ran = true; });
  EXPECT_TRUE(ran);
}

TEST_F(NetworkNamespaceTest, LeavesNoThreadAndNoDescriptor) {
  const auto count = [](const char* folder) {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  };
  const auto threads = count("/proc/self/task"), descriptors = count("/proc/self/fd");
  { ASSERT_TRUE(NetworkNamespace::create()); }
  EXPECT_EQ(count("/proc/self/task"), threads);
  EXPECT_EQ(count("/proc/self/fd"), descriptors);
}

}  // namespace
}  // namespace zdt::host
