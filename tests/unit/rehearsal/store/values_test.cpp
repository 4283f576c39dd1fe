#include "rehearsal/store/values.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zdt::rehearsal {
namespace {

TEST(Values, AnIpv4AddressIsFourNumbersAndNothingElse) {
  EXPECT_EQ(Ipv4::parse("10.96.0.7")->text(), "10.96.0.7");
  EXPECT_EQ(Ipv4::parse("255.255.255.255")->value(), 0xffffffffU);
  for (const char* text : {"", "abc", "999.1.1.1", "fd00::1", "10.0.0", "10.0.0.1.2", " 10.0.0.1", "10.0.0.1\n", "010.0.0.1",
                           "10.0.0.1/32", "include \"/etc/passwd\"", "0x7f000001"}) {
    EXPECT_FALSE(Ipv4::parse(text)) << text;
  }
  EXPECT_FALSE(Ipv4::parse(std::string("10.0.0.1\0x", 10)));
}

TEST(Values, APortIsOneOf65535) {
  const auto port = [](const json& value) { return port_at({{"port", value}}, {"port"}); };
  EXPECT_EQ(port(80), 80);
  EXPECT_EQ(port(65535), 65535);
  for (const json& value : {json(0), json(-1), json(65536), json(70000), json("80"), json(1e300), json(80.5), json(nullptr),
                            json(uint64_t{1} << 63)}) {
    EXPECT_FALSE(port(value)) << value;
  }
}

TEST(Values, ANumberStaysWithinAnInt32) {
  EXPECT_EQ(int32_of(5), 5);
  EXPECT_EQ(int32_of(uint64_t{1} << 63), INT32_MAX);
  EXPECT_EQ(int32_of(INT64_MIN), INT32_MIN);
  EXPECT_EQ(int32_of(1e300), INT32_MAX);
  EXPECT_EQ(int32_of(3.0), 3);
  EXPECT_EQ(int32_of(3.5, 7), 7);
  EXPECT_EQ(int32_of("3", 7), 7);
  EXPECT_EQ(int32_from(std::nan(""), 4), 4);
  EXPECT_EQ(int32_from(HUGE_VAL), INT32_MAX);
  EXPECT_EQ(int32_from(1.2), 2);
}

TEST(Values, ADnsLabelLeadsNowhereElse) {
  EXPECT_TRUE(is_dns_label("web-1"));
  EXPECT_TRUE(is_dns_label(std::string(63, 'a')));
  for (const char* text : {"", "-a", "a-", "A", "a.b", "../x", "a/b", "a b", "a\n"}) EXPECT_FALSE(is_dns_label(text)) << text;
  EXPECT_FALSE(is_dns_label(std::string(64, 'a')));
  EXPECT_TRUE(is_dns_subdomain("a.b-c.d"));
  EXPECT_FALSE(is_dns_subdomain("a..b"));
}

}  // namespace
}  // namespace zdt::rehearsal
