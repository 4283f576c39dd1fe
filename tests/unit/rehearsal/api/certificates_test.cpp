#include "rehearsal/api/certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "base/yaml.h"

namespace zdt::rehearsal {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate parsed(const std::string& pem) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                BIO_free);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
}

TEST(Certificates, TheServersIsSignedForItsNames) {
  const Certificates made = make_certificates().value();
  const Certificate ca = parsed(made.ca), server = parsed(made.certificate);
  ASSERT_TRUE(ca && server);
  EXPECT_EQ(X509_verify(server.get(), X509_get0_pubkey(ca.get())), 1);
  EXPECT_EQ(X509_check_ip_asc(server.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(server.get(), "10.96.0.1", 0), 1);
  for (const char* name : {"localhost", "kubernetes.default", "kubernetes.default.svc.cluster.local"}) {
    EXPECT_EQ(X509_check_host(server.get(), name, 0, 0, nullptr), 1) << name;
  }
  EXPECT_EQ(X509_check_host(server.get(), "example.com", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ca(ca.get()), 1);
  EXPECT_EQ(X509_check_ca(server.get()), 0);
}

TEST(Certificates, AreValidForAYear) {
  const Certificates made = make_certificates().value();
  const Certificate server = parsed(made.certificate);
  int days = 0, seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(server.get())), 1);
  EXPECT_GE(days, 364);
  EXPECT_LE(days, 365);
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(server.get())), 0);
  EXPECT_NE(made.key.find("PRIVATE KEY"), std::string::npos);
}

TEST(Kubeconfig, LeadsToTheClusterWithItsToken) {
  const json config =
      parse_yaml(kubeconfig("rehearsal", "https://127.0.0.1:6443", "PEM", "abc"), "kubeconfig").value();
  EXPECT_EQ(config["current-context"], "rehearsal");
  EXPECT_EQ(config["clusters"][0]["cluster"]["server"], "https://127.0.0.1:6443");
  EXPECT_EQ(base64_decode(string_at(config["clusters"][0], {"cluster", "certificate-authority-data"})),
            "PEM");
  EXPECT_EQ(config["users"][0]["user"]["token"], "abc");
}

}  // namespace
}  // namespace zdt::rehearsal
