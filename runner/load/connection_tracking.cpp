#include "load/connection_tracking.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "load/netlink.h"

namespace zdt::load {
namespace {

constexpr uint16_t type_of(int message) {
  return static_cast<uint16_t>((NFNL_SUBSYS_CTNETLINK << 8) | message);
}

struct End {
  uint32_t address = 0;  // both in network order
  uint16_t port = 0;
};

std::optional<End> end_from(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  End end;
  const long port = std::strtol(text.c_str() + colon + 1, nullptr, 10);
  if (port <= 0 || port > 65'535) return std::nullopt;
  if (inet_pton(AF_INET, text.substr(0, colon).c_str(), &end.address) != 1) return std::nullopt;
  end.port = htons(static_cast<uint16_t>(port));
  return end;
}

bool ask(int socket, const End& local, const End& remote) {
  NetlinkMessage message(type_of(IPCTNL_MSG_CT_GET), NLM_F_REQUEST);
  const size_t tuple = message.begin(CTA_TUPLE_ORIG), addresses = message.begin(CTA_TUPLE_IP);
  message.attribute(CTA_IP_V4_SRC, local.address);
  message.attribute(CTA_IP_V4_DST, remote.address);
  message.end(addresses);
  const size_t ports = message.begin(CTA_TUPLE_PROTO);
  message.attribute(CTA_PROTO_NUM, static_cast<uint8_t>(IPPROTO_TCP));
  message.attribute(CTA_PROTO_SRC_PORT, local.port);
  message.attribute(CTA_PROTO_DST_PORT, remote.port);
  message.end(ports);
  message.end(tuple);
  return message.send(socket);
}

/// The ends of one direction of a connection, as CTA_TUPLE_* has them.
struct Ends {
  std::string from, to;
};

std::string end_in(std::string_view tuple, uint16_t address_type, uint16_t port_type) {
  const std::string_view address = attribute_in(attribute_in(tuple, CTA_TUPLE_IP), address_type);
  const std::string_view port = attribute_in(attribute_in(tuple, CTA_TUPLE_PROTO), port_type);
  if (address.size() != sizeof(in_addr) || port.size() != sizeof(uint16_t)) return "";
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, address.data(), text, sizeof text);
  uint16_t number = 0;
  std::memcpy(&number, port.data(), sizeof number);
  return fmt::format("{}:{}", text, ntohs(number));
}

Ends ends_in(std::string_view attributes, uint16_t direction) {
  const std::string_view tuple = attribute_in(attributes, direction);
  return {end_in(tuple, CTA_IP_V4_SRC, CTA_PROTO_SRC_PORT), end_in(tuple, CTA_IP_V4_DST, CTA_PROTO_DST_PORT)};
}

bool is_tcp(std::string_view attributes) {
  const std::string_view number =
      attribute_in(attribute_in(attribute_in(attributes, CTA_TUPLE_ORIG), CTA_TUPLE_PROTO), CTA_PROTO_NUM);
  return number.size() == 1 && number.front() == IPPROTO_TCP;
}

bool saw_no_reply(std::string_view attributes) {
  const std::string_view value = attribute_in(attributes, CTA_STATUS);
  uint32_t status = 0;
  if (value.size() != sizeof status) return false;
  std::memcpy(&status, value.data(), sizeof status);
  return (ntohl(status) & IPS_SEEN_REPLY) == 0;
}

constexpr int kNewsBytes = 4 << 20;
constexpr std::chrono::milliseconds kRecent{300}, kTogether{50}, kLongestAttempt{1'500};

/// What the kernel knows of that connection, in `answer`; empty when there is none. It answers within send().
std::string_view found(int socket, const std::string& local, const std::string& remote,
                       std::array<char, 4096>& answer) {
  const auto here = end_from(local), there = end_from(remote);
  if (!here || !there || !ask(socket, *here, *there)) return {};
  const ssize_t size = recv(socket, answer.data(), answer.size(), MSG_DONTWAIT);
  std::string_view row(answer.data(), size <= 0 ? 0 : static_cast<size_t>(size));
  return next_message(row, type_of(IPCTNL_MSG_CT_NEW));
}

}  // namespace

std::unique_ptr<ConnectionTracking> ConnectionTracking::open() {
  host::UniqueFd questions = netlink_socket(0);
  host::UniqueFd news = netlink_socket(NF_NETLINK_CONNTRACK_NEW | NF_NETLINK_CONNTRACK_DESTROY);
  if (!questions || !news) return nullptr;
  setsockopt(news.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kNewsBytes, sizeof kNewsBytes);
  return std::unique_ptr<ConnectionTracking>(new ConnectionTracking(std::move(questions), std::move(news)));
}

std::string ConnectionTracking::endpoint_of(const std::string& local, const std::string& remote) {
  std::array<char, 4096> answer;
  const std::string endpoint = ends_in(found(questions_.get(), local, remote, answer), CTA_TUPLE_REPLY).from;
  if (!endpoint.empty()) return endpoint;
  listen();
  return take(refusals_, [&](const Attempt& each) { return each.local == local && each.remote == remote; });
}

std::string ConnectionTracking::failed_at(const std::string& remote) {
  listen();
  const auto now = Clock::now();
  std::string endpoint =
      take(refusals_, [&](const Attempt& each) { return each.remote == remote && each.at >= now - kRecent; });
  if (endpoint.empty() && said_.remote == remote && said_.at >= now - kTogether) return said_.endpoint;
  if (endpoint.empty()) {
    std::erase_if(attempts_,
                  [&](const Attempt& each) { return each.remote == remote && !is_unanswered(each); });
    endpoint = take(attempts_, [&](const Attempt& each) { return each.remote == remote; });
  }
  if (!endpoint.empty()) said_ = {now, "", remote, endpoint};
  return endpoint;
}

bool ConnectionTracking::is_unanswered(const Attempt& attempt) {
  std::array<char, 4096> answer;
  const std::string_view attributes = found(questions_.get(), attempt.local, attempt.remote, answer);
  return !attributes.empty() && saw_no_reply(attributes);
}

template <class Fits>
std::string ConnectionTracking::take(std::deque<Attempt>& from, Fits fits) {
  const auto one = std::find_if(from.begin(), from.end(), fits);
  if (one == from.end()) return "";
  std::string endpoint = std::move(one->endpoint);
  from.erase(one);
  return endpoint;
}

/// A beginning and an end are told of every connection. Those that end without an answer were refused, but
/// for the few whose time was over.
void ConnectionTracking::hear(std::string_view message) {
  std::string_view row = message;
  const std::string_view begun = next_message(row, type_of(IPCTNL_MSG_CT_NEW));
  row = message;
  const std::string_view ended = next_message(row, type_of(IPCTNL_MSG_CT_DELETE));
  const std::string_view attributes = begun.empty() ? ended : begun;
  if (attributes.empty() || !is_tcp(attributes) || !saw_no_reply(attributes)) return;
  Ends asked = ends_in(attributes, CTA_TUPLE_ORIG), answered = ends_in(attributes, CTA_TUPLE_REPLY);
  auto& list = begun.empty() ? refusals_ : attempts_;
  list.push_back({Clock::now(), std::move(asked.from), std::move(asked.to), std::move(answered.from)});
  if (list.size() > kMostAttempts) list.pop_front();
}

void ConnectionTracking::listen() {
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t size = recv(news_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && errno == ENOBUFS) continue;  // some news were lost; the kernel goes on with the next
    if (size <= 0) break;
    hear({buffer.data(), static_cast<size_t>(size)});  // each event is a datagram of its own
  }
  const auto soonest = Clock::now() - kLongestAttempt;
  while (!attempts_.empty() && attempts_.front().at < soonest) attempts_.pop_front();
}

}  // namespace zdt::load
