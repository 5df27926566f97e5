#include "base/encode.h"
#include "identity/issuer.h"
#include "identity/principals/access.h"
#include "providers/authorization/authorization.h"
#include "providers/authorization/errors.h"

namespace quaymaster::authorization {
namespace {

constexpr std::size_t kLongestName = 120;

PrincipalAnswer answer_of(const identity::PrincipalEntry& one) {
  PrincipalAnswer answer;
  answer.client_id = one.client_id;
  answer.object_id = one.object_id;
  answer.name = one.name;
  answer.created = one.created;
  if (const auto blank = one.external.find(' '); blank != std::string::npos) {
    answer.external_issuer = one.external.substr(0, blank);
    answer.external_id = one.external.substr(blank + 1);
  }
  return answer;
}

Result<PrincipalAnswer> look_up(arm::Context& context, std::string_view client_id) {
  TRY(const auto found, context.issuer.access().by_client(client_id));
  if (!found) {
    return refuse(Errc::not_found, kNoSuchPrincipal, client_id);
  }
  return answer_of(*found);
}

}  // namespace

Result<arm::Reply<arm::Page<PrincipalAnswer>>> list_principals(arm::Context& context) {
  TRY(const auto all, context.issuer.access().principals());
  arm::Page<PrincipalAnswer> page;
  for (const auto& one : all) {
    page.value.push_back(answer_of(one));
  }
  return arm::Reply<arm::Page<PrincipalAnswer>>{200, std::move(page)};
}

Result<arm::Reply<PrincipalAnswer>> create_principal(arm::Context& context, const arm::NoPath&,
                                                     const NewPrincipalBody& body) {
  if (body.name.empty() || body.name.size() > kLongestName) {
    return refuse(Errc::invalid, kInvalidPrincipal, fmt::format("A display name has 1 to {} characters.", kLongestName))
        .at("displayName");
  }
  identity::NewPrincipal requested;
  requested.name = body.name;
  auto made = body.external_id ? context.issuer.create_external(body.name, *body.external_id)
                               : context.issuer.create_principal(std::move(requested));
  if (!made) {
    const auto kind = made.error().kind();
    return kind == Errc::conflict  ? std::move(made).error().as(kPrincipalExists, body.external_id.value_or(""))
           : kind == Errc::invalid ? refuse(Errc::invalid, kInvalidPrincipal, made.error().cause()).at("externalId")
                                   : std::move(made).error();
  }
  TRY(auto answer, look_up(context, made.value().client_id));
  if (!made.value().secret.empty()) {
    answer.secret = made.value().secret;
  }
  return arm::Reply<PrincipalAnswer>{201, std::move(answer)};
}

Result<arm::Reply<PrincipalAnswer>> reset_secret(arm::Context& context, const PrincipalPath& path) {
  TRY(auto answer, look_up(context, path.client_id));
  if (answer.external_id) {
    return refuse(Errc::invalid, kInvalidPrincipal,
                  fmt::format("The principal '{}' signs in at {}; it has no secret here.", path.client_id,
                              *answer.external_issuer));
  }
  TRY(const auto made, context.issuer.reset_secret(path.client_id));
  answer.secret = made.secret;
  return arm::Reply<PrincipalAnswer>{200, std::move(answer)};
}

Result<arm::Reply<PrincipalAnswer>> delete_principal(arm::Context& context, const PrincipalPath& path) {
  auto gone = context.issuer.remove_principal(path.client_id);
  if (!gone) {
    const auto kind = gone.error().kind();
    return kind == Errc::not_found      ? std::move(gone).error().as(kNoSuchPrincipal, path.client_id)
           : kind == Errc::precondition ? std::move(gone).error().as(kLastOwner)
                                        : std::move(gone).error();
  }
  return arm::Reply<PrincipalAnswer>{200, answer_of(gone.value())};
}

}  // namespace quaymaster::authorization
