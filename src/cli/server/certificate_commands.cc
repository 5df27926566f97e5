#include <cstdlib>

#include "base/bytes.h"
#include "base/guid.h"
#include "cli/common/client.h"
#include "cli/server/commands.h"
#include "http/server/certificate.h"
#include "server/data/data_directory.h"
#include "server/settings/settings.h"

namespace quaymaster::cli {
namespace {

std::vector<Option> add_options() {
  return {{Option::Kind::positional, "CLIENT-ID", "of the principal"},
          {Option::Kind::positional, "FILE", "PEM file; only its certificates are read, not its key"},
          {Option::Kind::text, "data",
           "data directory of the server (default: that of this shell's server, else as for serve)"}};
}

/// The certificates of a PEM file, without its other contents.
std::string certificates_in(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::string all;
  for (auto begin = pem.find(kBegin); begin != std::string_view::npos; begin = pem.find(kBegin, begin)) {
    const auto end = pem.find(kEnd, begin);
    if (end == std::string_view::npos) {
      break;
    }
    all.append(pem.substr(begin, end + kEnd.size() - begin)).append("\n");
    begin = end;
  }
  return all;
}

Result<int> add(const Arguments& arguments, Terminal& terminal) {
  SystemDisk disk;
  TRY(const auto data, server_directory(arguments, disk, [](const char* name) { return std::getenv(name); }));
  const auto client_id = to_lower(arguments.text("CLIENT-ID"));
  if (!parse_guid(client_id)) {
    return invalid("\"{}\" is not a client id, which is a GUID", client_id);
  }
  TRY(const auto given, read_file(disk, arguments.text("FILE"), kMiB));
  const auto added = certificates_in(as_text(given));
  if (added.empty()) {
    return invalid("{} has no certificate in PEM form", arguments.text("FILE"));
  }
  TRY(http::certificate_end(added));            // checks that it can be parsed
  TRY(server::read_administrator(disk, data));  // checks that it is a data directory, not a typing error
  auto known = server::read_certificates(disk, data, client_id);
  if (!known && known.error().kind() != Errc::not_found) {
    return std::move(known).error();
  }
  const auto file = server::certificates_file(data, client_id);
  TRY(disk.make_directories(file.parent_path()));
  TRY(replace_file(disk, file, as_bytes((known ? known.value() : std::string()) + added)));
  terminal.out(fmt::format("{} may now sign in with the certificate; to revoke it, delete it from {}\n", client_id,
                           file.native()));
  return 0;
}

constexpr Command kCommands[] = {
    {"principal add-certificate", "Allow a principal to sign in with a certificate", &add_options, &add},
};

}  // namespace

std::span<const Command> certificate_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
