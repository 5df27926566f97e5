#include "identity/signatures/sas.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/digests/digest.h"
#include "identity/signatures/golden_vectors_test.h"

namespace quaymaster::identity {
namespace {

using vectors::load;
using vectors::text;

/// One use of a signature: what the URL says and where it is used.
struct Use {
  std::string account;
  std::string container;
  std::string blob;
  http::Query query;
  bool secure = true;
  std::string peer;
  Time now = vectors::now();
  FindPolicy policy;

  SasRequest request() const { return {query, account, container, blob, secure, peer}; }
  Result<SasGrant> verify() const {
    const auto keys = vectors::keys(account);
    return verify_sas(request(), keys, now, policy);
  }
  std::string& operator[](std::string_view name) {
    for (auto& [key, value] : query) {
      if (key == name) {
        return value;
      }
    }
    query.emplace_back(name, "");
    return query.back().second;
  }
  Use& sign() {
    const bool for_account = text_of("ss").has_value();
    const auto signed_text = for_account ? account_sas_text(request()) : service_sas_text(request());
    (*this)["sig"] = base64(hmac_sha256(vectors::keys(account)[1], as_bytes(signed_text)));
    return *this;
  }
  std::optional<std::string> text_of(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) {
        return value;
      }
    }
    return std::nullopt;
  }
};

Use use_of(const boost::json::value& entry) {
  Use use{text(entry, "account"), text(entry, "container"), text(entry, "blob"),
          vectors::decoded(text(entry, "query"))};
  if (auto ip = use.text_of("sip")) {
    use.peer = ip->substr(0, ip->find('-'));
  }
  if (use.text_of("si")) {
    use.policy = [](std::string_view id) -> std::optional<StoredPolicy> {
      if (id != "policy1") {
        return std::nullopt;
      }
      return StoredPolicy{std::nullopt, vectors::now() + std::chrono::hours(1), "rl"};
    };
  }
  // Signatures for a snapshot or a version sign what the request itself names.
  const auto resource = use.text_of("sr").value_or("");
  if (resource == "bs") {
    use["snapshot"] = "2026-03-14T09:00:00.1234567Z";
  }
  if (resource == "bv") {
    use["versionid"] = "2026-03-14T09:00:00.1234567Z";
  }
  return use;
}

Use vector(const std::string& list, std::string_view name) {
  const auto entries = load(list);
  for (const auto& one : entries.as_array()) {
    if (text(one, "name") == name) {
      return use_of(one);
    }
  }
  ADD_FAILURE() << "no vector " << name;
  return {};
}

void expect_refused(const Result<SasGrant>& result, std::string_view code, std::string_view detail = "") {
  ASSERT_FALSE(result);
  ASSERT_NE(result.error().published(), nullptr);
  EXPECT_EQ(result.error().published()->row->code, code);
  if (detail.empty()) {
    return;
  }
  ASSERT_FALSE(result.error().published()->extra.empty());
  EXPECT_THAT(result.error().published()->extra.at(0).second, testing::HasSubstr(std::string(detail)));
}

TEST(Sas, AccountVectors) {
  const auto list = load("account_sas");
  ASSERT_EQ(list.as_array().size(), 7U);
  for (const auto& one : list.as_array()) {
    SCOPED_TRACE(text(one, "name"));
    const auto use = use_of(one);
    EXPECT_EQ(account_sas_text(use.request()), text(one, "text"));
    const auto grant = use.verify();
    ASSERT_TRUE(grant) << grant.error().cause();
    EXPECT_EQ(grant.value().kind, SasKind::account);
    EXPECT_EQ(grant.value().permissions, *use.text_of("sp"));
  }
}

TEST(Sas, ServiceVectors) {
  const auto list = load("service_sas");
  ASSERT_EQ(list.as_array().size(), 36U);
  for (const auto& one : list.as_array()) {
    SCOPED_TRACE(text(one, "name"));
    const auto use = use_of(one);
    EXPECT_EQ(service_sas_text(use.request()), text(one, "text"));
    const auto grant = use.verify();
    ASSERT_TRUE(grant) << grant.error().cause();
    EXPECT_EQ(grant.value().kind, SasKind::service);
  }
}

TEST(Sas, TextsOfOldVersions) {
  Use use{"acc", "c", "b", vectors::decoded("sr=b&sp=r&st=S&se=E&si=I&rsct=T&sip=1.2.3.4")};
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "r\nS\nE\n/acc/c/b\nI"},
      {"2011-08-18", "r\nS\nE\n/acc/c/b\nI"},
      {"2012-02-12", "r\nS\nE\n/acc/c/b\nI\n2012-02-12"},
      {"2013-08-15", "r\nS\nE\n/acc/c/b\nI\n2013-08-15\n\n\n\n\nT"},
      {"2015-02-21", "r\nS\nE\n/blob/acc/c/b\nI\n2015-02-21\n\n\n\n\nT"},
      {"2015-04-05", "r\nS\nE\n/blob/acc/c/b\nI\n1.2.3.4\n\n2015-04-05\n\n\n\n\nT"},
  };
  for (const auto& [version, wanted] : cases) {
    use["sv"] = version;
    EXPECT_EQ(service_sas_text(use.request()), wanted) << version;
  }
}

TEST(Sas, OverridesTravelWithTheGrant) {
  const auto grant = vector("service_sas", "overrides-2020-12-06").verify();
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant.value().content_disposition, "attachment; filename=\"a b.txt\"");
  EXPECT_EQ(grant.value().content_type, "text/plain; charset=utf-8");
}

TEST(Sas, Negatives) {
  using std::chrono::hours;
  auto use = vector("service_sas", "container-2020-12-06");
  ASSERT_TRUE(use.verify());
  use.now += hours(24 * 365 * 11);
  expect_refused(use.verify(), "AuthenticationFailed", "Expiry");
  use.now = vectors::now() - hours(24);
  expect_refused(use.verify(), "AuthenticationFailed", "Start");

  use = vector("service_sas", "container-2020-12-06");
  use.container = "other";
  expect_refused(use.verify(), "AuthenticationFailed", "did not match");

  use = vector("service_sas", "blob-2020-12-06");
  use.blob = "";  // List Blobs
  expect_refused(use.verify(), "AuthenticationFailed", "does not grant access to a container");
  use = vector("service_sas", "blob-2020-12-06");
  use.secure = false;
  expect_refused(use.verify(), "AuthorizationProtocolMismatch");

  use = vector("account_sas", "account-sas-all-fields");
  use.peer = "10.0.1.1";
  expect_refused(use.verify(), "AuthorizationSourceIPMismatch");
  use.peer = "::ffff:10.0.0.200";
  EXPECT_TRUE(use.verify());

  use = vector("account_sas", "account-sas-all-fields");
  use["ss"] = "f";
  use.sign();
  expect_refused(use.verify(), "AuthorizationServiceMismatch");

  use = vector("service_sas", "container-2020-12-06");
  use["sp"] = "racwdlx";
  expect_refused(use.verify(), "AuthenticationFailed", "did not match");
}

TEST(Sas, ExpiryIsExclusiveAndTimesHaveFourForms) {
  for (const auto form : {"2026-03-15", "2026-03-15T00:00Z", "2026-03-15T00:00:00Z", "2026-03-15T00:00:00.0000000Z"}) {
    Use use{"examplestore", "c", "", vectors::decoded("sv=2020-12-06&sr=c&sp=r")};
    use["se"] = form;
    use.sign();
    const auto end = parse_time("2026-03-15T00:00:00Z").value();
    use.now = end - Ticks(1);
    EXPECT_TRUE(use.verify()) << form;
    use.now = end;
    expect_refused(use.verify(), "AuthenticationFailed", "Expiry");
  }
}

TEST(Sas, RefusesWhatIsMalformed) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"sv=2020-12-06&sr=c&sp=r", "se is missing"},
      {"sv=2020-12-06&sr=c&se=2036-01-01", "sp is missing"},
      {"sv=2020-12-06&sr=c&sp=r&se=tomorrow", "not a time"},
      {"sv=2020-12-06&sr=c&sp=r&se=2036-01-01&st=x", "not a time"},
      {"sv=2020-12-06&sr=q&sp=r&se=2036-01-01", "not one of b, bs, bv, c"},
      {"sv=2020-12-06&sp=r&se=2036-01-01", "not one of b, bs, bv, c"},
      {"sv=2020-12-06&sr=d&sdd=1&sp=r&se=2036-01-01", "not offered"},
      {"sv=2020-12-06&sr=c&sp=r&se=2036-01-01&skoid=x", "not offered"},
      {"sv=2020-12-06&sr=bs&sp=r&se=2036-01-01", "does not grant access to a container"},
      {"sv=20201206&sr=c&sp=r&se=2036-01-01", "not a service version"},
      {"sv=2020-12-06&sr=c&sp=r&se=2036-01-01&SP=w", "repeated"},
      {"sv=2020-12-06&sr=c&sp=r&se=2036-01-01&spr=ftp", "spr"},
      {"sv=2020-12-06&sr=c&sp=r&se=2036-01-01&sip=1.2.3", "sip"},
      {"sv=2020-12-06&sr=c&sp=r&se=2036-01-01&sip=1.2.3.4-", "sip"},
      {"sv=2020-12-06&sr=c&sp=r&se=2036-01-01&sip=1.2.3.256", "sip"},
      {"sv=2020-12-06&sr=c&si=gone&se=2036-01-01", "no stored access policy"},
      {"sv=2014-02-14&ss=b&srt=o&sp=r&se=2036-01-01", "begin with version"},
  };
  for (const auto& [query, detail] : cases) {
    SCOPED_TRACE(query);
    Use use{"examplestore", "c", "", vectors::decoded(query)};
    use.sign();
    expect_refused(use.verify(), "AuthenticationFailed", detail);
  }
  Use use{"examplestore", "c", "", vectors::decoded("sv=2020-12-06&sr=c&sp=r&se=2036-01-01&sig=YQ==")};
  expect_refused(use.verify(), "AuthenticationFailed", "32 bytes");
}

TEST(Sas, ANameCarriesNoLinesOfTheText) {
  // Signed for a name chosen by an attacker; the same text read as a signature for "x", without protocol and address.
  Use made{"examplestore", "c", "x\n\n\n\n2018-03-28\n\n\n\n\n",
           vectors::decoded("sv=2018-03-28&sr=b&sp=r&se=2036-01-01&spr=https&sip=9.9.9.9")};
  made.peer = "9.9.9.9";
  made.sign();
  expect_refused(made.verify(), "AuthenticationFailed", "control");
  for (const auto* bad : {"\n", "a\r\nb", "\x7f", "\x01"}) {
    Use named{"examplestore", "c", bad, vectors::decoded("sv=2020-12-06&sr=b&sp=r&se=2036-01-01")};
    named.sign();
    expect_refused(named.verify(), "AuthenticationFailed", "control");
    for (const auto* field : {"st", "si", "rscc", "rscd", "rsct", "ses", "snapshot", "versionid", "spr"}) {
      Use use{"examplestore", "c", "x", vectors::decoded("sv=2020-12-06&sr=b&sp=r&se=2036-01-01")};
      use[field] = bad;
      use.sign();
      expect_refused(use.verify(), "AuthenticationFailed", fmt::format("{} has a control", field));
    }
  }
}

TEST(Sas, LettersOfAServiceSignatureHaveAnOrder) {
  const auto verify = [](std::string_view kind, std::string_view letters) {
    Use use{"examplestore", "c", "x", vectors::decoded(fmt::format("sv=2020-12-06&{}&se=2036-01-01", kind))};
    use["sp"] = letters;
    use.sign();
    return use.verify();
  };
  for (const auto* letters : {"r", "racwdxltmeop", "racwdxyltfmeopi", "racwdxltmeiyf", "rl", "cw", "yr"}) {
    EXPECT_TRUE(verify("sr=b", letters)) << letters;
  }
  for (const auto* letters : {"rwdlac", "wr", "lr", "cr", "dw"}) {
    expect_refused(verify("sr=b", letters), "AuthenticationFailed", "not in the order racwdxltmeop");
  }
  expect_refused(verify("sr=c", "rr"), "AuthenticationFailed", "repeated");
  expect_refused(verify("sr=c", "ryy"), "AuthenticationFailed", "repeated");
  for (const auto* letters : {"rq", "u", "R", "r w"}) {
    expect_refused(verify("sr=c", letters), "AuthenticationFailed", "not known");
  }
  EXPECT_TRUE(verify("ss=b&srt=o", "yitfpucalxdwr")) << "those of an account have none";
}

TEST(Sas, UserDelegationIsRefusedClearly) {
  const auto list = load("user_delegation_sas");
  for (const auto& one : list.as_array()) {
    expect_refused(use_of(one).verify(), "AuthenticationFailed", "not offered");
  }
}

TEST(Sas, StoredPolicyFillsWhatTheUrlLeavesOutAndNothingTwice) {
  auto use = vector("service_sas", "identifier-2020-12-06");
  const auto grant = use.verify();
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant.value().permissions, "rl");
  use["sp"] = "r";
  use.sign();
  expect_refused(use.verify(), "AuthenticationFailed", "both");

  // An account signature does not sign si: it must not widen what was signed.
  Use account{"examplestore", "c", "b", vectors::decoded("sv=2020-12-06&ss=b&srt=o&se=2036-01-01")};
  account.sign();
  account["si"] = "policy1";
  account.policy = use.policy;
  expect_refused(account.verify(), "AuthenticationFailed", "no stored access policy");
}

TEST(Sas, SignatureForTheBlobDoesNotOpenItsSnapshots) {
  Use use{"examplestore", "c", "b", vectors::decoded("sv=2020-12-06&sr=b&sp=r&se=2036-01-01")};
  use.sign();
  EXPECT_TRUE(use.verify());
  use["snapshot"] = "2026-03-14T09:00:00.1234567Z";
  expect_refused(use.verify(), "AuthenticationFailed", "another state");
}

TEST(Sas, PermissionsByOperation) {
  const SasNeed write_blob{'o', "wc", "wc"};
  const SasNeed list_containers{'s', "l", ""};
  const SasNeed information{'*', "*", "*"};
  SasGrant account{SasKind::account, "rl", "so"};
  EXPECT_EQ(permit(account, write_blob).error().published()->row, &kSasPermission);
  EXPECT_TRUE(permit(account, list_containers));
  EXPECT_TRUE(permit(account, information));
  account.resource_types = "c";
  EXPECT_TRUE(permit(account, information));
  EXPECT_EQ(permit(account, write_blob).error().published()->row, &kSasResourceType);
  const SasGrant service{SasKind::service, "c", ""};
  EXPECT_TRUE(permit(service, write_blob));
  EXPECT_EQ(permit(service, list_containers).error().published()->row, &kSasResourceType);
}

}  // namespace
}  // namespace quaymaster::identity
