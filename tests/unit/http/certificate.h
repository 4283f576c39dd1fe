// A certificate for 127.0.0.1, localhost and api.zdt.test that is its own authority.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace zdt::http::testing {

struct TestCertificate {
  std::string certificate, key;  ///< PEM
};

inline std::string content_of(BIO* bio) {
  char* start = nullptr;
  const long length = BIO_get_mem_data(bio, &start);
  return {start, static_cast<size_t>(length)};
}

inline void add_extension(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1) throw std::runtime_error(value);
  X509_EXTENSION_free(extension);
}

inline TestCertificate make_test_certificate() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  const auto* name = reinterpret_cast<const unsigned char*>("zdt test");
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost,DNS:api.zdt.test");
  if (X509_sign(made.get(), key.get(), EVP_sha256()) <= 0) throw std::runtime_error("cannot sign");
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> pem(BIO_new(BIO_s_mem()), &BIO_free_all),
      secret(BIO_new(BIO_s_mem()), &BIO_free_all);
  PEM_write_bio_X509(pem.get(), made.get());
  PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {content_of(pem.get()), content_of(secret.get())};
}

/// Made once for the program.
inline const TestCertificate& test_certificate() {
  static const TestCertificate certificate = make_test_certificate();
  return certificate;
}

}  // namespace zdt::http::testing
