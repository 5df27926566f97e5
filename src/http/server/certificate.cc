#include "http/server/certificate.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

namespace quaymaster::http {
namespace {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Releaser<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Releaser<&X509_free>>;
using Memory = std::unique_ptr<BIO, Releaser<&BIO_free_all>>;

constexpr std::chrono::days kAuthorityLife{3652};
constexpr std::chrono::days kServerLife{397};

Memory memory_of(const std::string& text) {
  return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<CertifiedKey> to_pem(X509* certificate, EVP_PKEY* key) {
  const Memory certificate_text(BIO_new(BIO_s_mem()));
  const Memory key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return io("a certificate cannot be written as PEM");
  }
  return CertifiedKey{text_of(certificate_text.get()), text_of(key_text.get())};
}

Result<Certificate> read_certificate(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(memory_of(pem).get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    return invalid("not a PEM certificate");
  }
  return certificate;
}

bool is_ip(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// "DNS:localhost,IP:127.0.0.1", as the library's extensions expect it. Errc::invalid: an invalid host.
Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  std::string names;
  for (const auto& host : hosts) {
    if (host.empty() || host.find_first_of(", \n") != std::string::npos) {
      return invalid("\"{}\" is not a host name", host);
    }
    names += fmt::format("{}{}:{}", names.empty() ? "" : ",", is_ip(host) ? "IP" : "DNS", host);
  }
  return names;
}

/// The same as name constraints: each single address, each name with its subdomains.
std::string constraints(const std::vector<std::string>& hosts) {
  std::string text = "critical";
  for (const auto& host : hosts) {
    if (is_ip(host)) {
      const bool is_v4 = host.find(':') == std::string::npos;
      text += fmt::format(",permitted;IP:{}/{}", host,
                          is_v4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    } else {
      text += fmt::format(",permitted;DNS:{}", host.starts_with("*.") ? host.substr(2) : host);
    }
  }
  return text;
}

bool extend(X509* certificate, X509* issuer, int extension, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Releaser<&X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, extension, value.c_str()));
  return made && X509_add_ext(certificate, made.get(), -1) == 1;
}

/// Sets everything that both kinds of certificate share; does not sign.
bool fill(X509* certificate, EVP_PKEY* key, const std::string& common_name, Time now, std::chrono::days life) {
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), serial.size()) != 1) {
    return false;
  }
  serial[0] &= 0x7F;  // a positive number: RFC 5280 section 4.1.2.2
  const std::unique_ptr<BIGNUM, Releaser<&BN_free>> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  const auto begin = std::chrono::floor<std::chrono::seconds>(now) - std::chrono::days{1};
  const auto* const name = reinterpret_cast<const unsigned char*>(common_name.data());
  X509_NAME* const subject = X509_get_subject_name(certificate);
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), std::chrono::system_clock::to_time_t(begin)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), std::chrono::system_clock::to_time_t(begin + life)) !=
             nullptr &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, static_cast<int>(common_name.size()), -1, 0) ==
             1 &&
         X509_set_pubkey(certificate, key) == 1;
}

}  // namespace

Result<CertifiedKey> make_authority(const std::string& common_name, const std::vector<std::string>& hosts, Time now) {
  TRY(alternative_names(hosts));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509* const made = certificate.get();
  if (!key || made == nullptr || !fill(made, key.get(), common_name, now, kAuthorityLife) ||
      X509_set_issuer_name(made, X509_get_subject_name(made)) != 1 ||
      !extend(made, made, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !extend(made, made, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !extend(made, made, NID_name_constraints, constraints(hosts)) ||
      !extend(made, made, NID_subject_key_identifier, "hash") || X509_sign(made, key.get(), EVP_sha256()) == 0) {
    return io("the certificate authority cannot be created");
  }
  return to_pem(made, key.get());
}

Result<CertifiedKey> issue_certificate(const CertifiedKey& authority, const std::vector<std::string>& hosts, Time now) {
  TRY(const Certificate issuer, read_certificate(authority.certificate));
  const Key issuer_key(PEM_read_bio_PrivateKey(memory_of(authority.private_key).get(), nullptr, nullptr, nullptr));
  if (!issuer_key) {
    return invalid("the key of the certificate authority cannot be read");
  }
  TRY(const auto names, alternative_names(hosts));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509* const made = certificate.get();
  if (!key || made == nullptr ||
      !fill(made, key.get(), hosts.empty() ? "quaymaster" : hosts.front(), now, kServerLife) ||
      X509_set_issuer_name(made, X509_get_subject_name(issuer.get())) != 1 ||
      !extend(made, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !extend(made, issuer.get(), NID_key_usage, "critical,digitalSignature") ||
      !extend(made, issuer.get(), NID_ext_key_usage, "serverAuth") ||
      !extend(made, issuer.get(), NID_subject_key_identifier, "hash") ||
      !extend(made, issuer.get(), NID_authority_key_identifier, "keyid") ||
      (!names.empty() && !extend(made, issuer.get(), NID_subject_alt_name, names)) ||
      X509_sign(made, issuer_key.get(), EVP_sha256()) == 0) {
    return io("the server certificate cannot be created");
  }
  return to_pem(made, key.get());
}

Result<Time> certificate_end(const std::string& certificate) {
  TRY(const Certificate read, read_certificate(certificate));
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(read.get()), &end) != 1) {
    return invalid("the certificate has no expiry time");
  }
  return Time{std::chrono::seconds{timegm(&end)}};
}

Result<std::vector<std::string>> certificate_hosts(const std::string& certificate) {
  TRY(const Certificate read, read_certificate(certificate));
  const std::unique_ptr<GENERAL_NAMES, Releaser<&GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(read.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> hosts;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      const auto* const text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
      hosts.emplace_back(text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      std::array<char, INET6_ADDRSTRLEN> text{};
      const int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
      inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), text.data(), text.size());
      hosts.emplace_back(text.data());
    }
  }
  return hosts;
}

bool may_issue_for(const std::string& authority, const std::vector<std::string>& hosts) {
  const auto issuer = read_certificate(authority);
  const auto names = alternative_names(hosts);
  if (!issuer || !names) {
    return false;
  }
  const std::unique_ptr<NAME_CONSTRAINTS, Releaser<&NAME_CONSTRAINTS_free>> limits(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(issuer.value().get(), NID_name_constraints, nullptr, nullptr)));
  if (limits == nullptr || names.value().empty()) {
    return true;
  }
  // The library checks names only against a complete certificate.
  const Key key(EVP_EC_gen("P-256"));
  const Certificate asked(X509_new());
  return key && asked && fill(asked.get(), key.get(), "quaymaster", Time{}, kServerLife) &&
         X509_set_issuer_name(asked.get(), X509_get_subject_name(issuer.value().get())) == 1 &&
         extend(asked.get(), issuer.value().get(), NID_subject_alt_name, names.value()) &&
         X509_sign(asked.get(), key.get(), EVP_sha256()) != 0 && X509_check_purpose(asked.get(), -1, 0) == 1 &&
         NAME_CONSTRAINTS_check(asked.get(), limits.get()) == X509_V_OK;
}

bool is_key_of(const CertifiedKey& pair) {
  const auto certificate = read_certificate(pair.certificate);
  const Key key(PEM_read_bio_PrivateKey(memory_of(pair.private_key).get(), nullptr, nullptr, nullptr));
  return certificate && key && X509_check_private_key(certificate.value().get(), key.get()) == 1;
}

bool is_issued_by(const std::string& certificate, const std::string& authority) {
  const auto read = read_certificate(certificate);
  const auto issuer = read_certificate(authority);
  return read && issuer && X509_verify(read.value().get(), X509_get0_pubkey(issuer.value().get())) == 1;
}

}  // namespace quaymaster::http
