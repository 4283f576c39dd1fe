#include "rehearsal/api/certificates.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

#include "base/text.h"

namespace zdt::rehearsal {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

constexpr long kHour = 3600, kYear = 365 * 24 * kHour;
constexpr const char* kNames =
    "IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,"
    "DNS:kubernetes.default.svc.cluster.local";

[[noreturn]] void fail(const char* what) {
  char words[256];
  ERR_error_string_n(ERR_get_error(), words, sizeof words);
  throw std::runtime_error(fmt::format("{}: {}", what, words));
}

void check(bool succeeded, const char* what) {
  if (!succeeded) fail(what);
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  check(key != nullptr, "EC key");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  check(extension != nullptr, value);
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  check(added, value);
}

void set_serial(X509* certificate) {
  unsigned char bytes[16];
  check(RAND_bytes(bytes, sizeof bytes) == 1, "serial number");
  bytes[0] &= 0x7f;  // a serial number is not negative
  std::unique_ptr<BIGNUM, Freer<BN_free>> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  check(number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)),
        "serial number");
}

/// An unsigned certificate of `key` for `common_name`.
Certificate draft(EVP_PKEY* key, const char* common_name) {
  Certificate certificate(X509_new());
  check(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "certificate");
  set_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kYear);
  check(X509_set_pubkey(certificate.get(), key) == 1, "public key");
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>(common_name);
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1, "common name");
  return certificate;
}

Certificate make_authority(EVP_PKEY* key) {
  Certificate ca = draft(key, "zdt-demo rehearsal CA");
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  check(X509_sign(ca.get(), key, EVP_sha256()) > 0, "signature");
  return ca;
}

Certificate make_server(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key) {
  Certificate server = draft(key, "zdt-demo rehearsal API");
  X509_set_issuer_name(server.get(), X509_get_subject_name(ca));
  add_extension(server.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(server.get(), ca, NID_key_usage, "critical,digitalSignature");
  add_extension(server.get(), ca, NID_ext_key_usage, "serverAuth");
  add_extension(server.get(), ca, NID_subject_key_identifier, "hash");
  add_extension(server.get(), ca, NID_authority_key_identifier, "keyid");
  add_extension(server.get(), ca, NID_subject_alt_name, kNames);
  check(X509_sign(server.get(), ca_key, EVP_sha256()) > 0, "signature");
  return server;
}

std::string content_of(const Bio& bio) {
  char* start = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &start);
  return std::string(start, static_cast<size_t>(length));
}

std::string pem_of(X509* certificate) {
  Bio bio(BIO_new(BIO_s_mem()));
  check(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM");
  return content_of(bio);
}

std::string pem_of(EVP_PKEY* key) {
  Bio bio(BIO_new(BIO_s_mem()));
  check(bio && PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
  return content_of(bio);
}

}  // namespace

Result<Certificates> make_certificates() {
  try {
    const Key ca_key = make_key(), key = make_key();
    const Certificate ca = make_authority(ca_key.get());
    const Certificate server = make_server(key.get(), ca.get(), ca_key.get());
    return Certificates{pem_of(ca.get()), pem_of(server.get()), pem_of(key.get())};
  } catch (const std::runtime_error& failure) {
    return Error{Code::kEnvironment,
                 fmt::format("cannot make the cluster's certificates: {}", failure.what()), ""};
  }
}

std::string kubeconfig(const std::string& name, const std::string& server, const std::string& ca_pem,
                       const std::string& token) {
  return fmt::format(R"(apiVersion: v1
kind: Config
clusters:
- name: {0}
  cluster:
    server: {1}
    certificate-authority-data: {2}
users:
- name: {0}
  user:
    token: {3}
contexts:
- name: {0}
  context:
    cluster: {0}
    user: {0}
current-context: {0}
preferences: {{}}
)",
                     name, server, base64_encode(ca_pem), token);
}

}  // namespace zdt::rehearsal
