#include "faces/blob/blob_service_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_service.h"
#include "wire/xml_reader.h"
#include "wire/xml_writer.h"

namespace quaymaster::storage {
namespace {

constexpr std::string_view kRoot = "StorageServiceProperties";
constexpr std::string_view kCors = "Cors";
constexpr std::string_view kRetention = "DeleteRetentionPolicy";
constexpr int kMostDays = 365;
constexpr std::string_view kSteps[] = {
    "CREATE TABLE blob_service_settings (account TEXT NOT NULL, element TEXT NOT NULL, xml TEXT NOT NULL, "
    "PRIMARY KEY (account, element))"};

enum class Kind { group, yes_or_no, number, text, version, refused };  // refused: a yes_or_no that must be no
struct Node {
  std::string_view path;  // below the root
  Kind kind;
};
/// Every element that may occur. Source: Set Blob Service Properties.
constexpr Node kNodes[] = {
    {"Logging", Kind::group},
    {"Logging/Version", Kind::text},
    {"Logging/Delete", Kind::refused},
    {"Logging/Read", Kind::refused},
    {"Logging/Write", Kind::refused},
    {"Logging/RetentionPolicy", Kind::group},
    {"Logging/RetentionPolicy/Enabled", Kind::yes_or_no},
    {"Logging/RetentionPolicy/Days", Kind::number},
    {"HourMetrics", Kind::group},
    {"HourMetrics/Version", Kind::text},
    {"HourMetrics/Enabled", Kind::refused},
    {"HourMetrics/IncludeAPIs", Kind::yes_or_no},
    {"HourMetrics/RetentionPolicy", Kind::group},
    {"HourMetrics/RetentionPolicy/Enabled", Kind::yes_or_no},
    {"HourMetrics/RetentionPolicy/Days", Kind::number},
    {"MinuteMetrics", Kind::group},
    {"MinuteMetrics/Version", Kind::text},
    {"MinuteMetrics/Enabled", Kind::refused},
    {"MinuteMetrics/IncludeAPIs", Kind::yes_or_no},
    {"MinuteMetrics/RetentionPolicy", Kind::group},
    {"MinuteMetrics/RetentionPolicy/Enabled", Kind::yes_or_no},
    {"MinuteMetrics/RetentionPolicy/Days", Kind::number},
    {"Cors", Kind::group},
    {"Cors/CorsRule", Kind::group},
    {"Cors/CorsRule/AllowedOrigins", Kind::text},
    {"Cors/CorsRule/AllowedMethods", Kind::text},
    {"Cors/CorsRule/AllowedHeaders", Kind::text},
    {"Cors/CorsRule/ExposedHeaders", Kind::text},
    {"Cors/CorsRule/MaxAgeInSeconds", Kind::number},
    {"DefaultServiceVersion", Kind::version},
    {"DeleteRetentionPolicy", Kind::group},
    {"DeleteRetentionPolicy/Enabled", Kind::yes_or_no},
    {"DeleteRetentionPolicy/AllowPermanentDelete", Kind::yes_or_no},
    {"DeleteRetentionPolicy/Days", Kind::number},
    {"StaticWebsite", Kind::group},
    {"StaticWebsite/Enabled", Kind::refused},
    {"StaticWebsite/IndexDocument", Kind::text},
    {"StaticWebsite/DefaultIndexDocumentPath", Kind::text},
    {"StaticWebsite/ErrorDocument404Path", Kind::text},
};

/// The order of the answer, and the initial values of an account.
struct Default {
  std::string_view element;
  std::string_view xml;
};
#define QM_NO_RETENTION "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>"
constexpr Default kDefaults[] = {
    {"Logging",
     "<Logging><Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write>" QM_NO_RETENTION
     "</Logging>"},
    {"HourMetrics", "<HourMetrics><Version>1.0</Version><Enabled>false</Enabled>" QM_NO_RETENTION "</HourMetrics>"},
    {"MinuteMetrics",
     "<MinuteMetrics><Version>1.0</Version><Enabled>false</Enabled>" QM_NO_RETENTION "</MinuteMetrics>"},
    {"Cors", "<Cors/>"},
    {"DefaultServiceVersion", ""},
    {kRetention, "<DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>"},
    {"StaticWebsite", "<StaticWebsite><Enabled>false</Enabled></StaticWebsite>"},
};
#undef QM_NO_RETENTION

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Result<> check_value(const Node& node, std::string_view value) {
  const auto wrong = [&] {
    return refuse(Errc::invalid, kInvalidXmlValue)
        .with("XmlNodeName", std::string(node.path))
        .with("XmlNodeValue", std::string(value));
  };
  switch (node.kind) {
    case Kind::group:
      if (!is_blank(value)) {
        return wrong();
      }
      break;
    case Kind::yes_or_no:
    case Kind::refused:
      if (value != "true" && value != "false") {
        return wrong();
      }
      if (node.kind == Kind::refused && value == "true") {
        return refuse(Errc::invalid, kUnsupportedXml).with("XmlNodeName", std::string(node.path));
      }
      break;
    case Kind::number:
      if (!is_number(value)) {
        return wrong();
      }
      break;
    case Kind::version:
      if (value.size() != 10 || !parse_time(value)) {
        return wrong();
      }
      break;
    case Kind::text:
      break;
  }
  return ok();
}

/// Checks every element against kNodes and serializes it again, so that what is stored is in our form.
class SettingsHandler final : public wire::XmlHandler {
 public:
  Result<> start(std::string_view name, wire::XmlAttributes) override {
    if (!inside_) {
      inside_ = true;
      return name == kRoot ? Result<>(ok()) : Result<>(refuse(Errc::invalid, kInvalidXml));
    }
    const auto path = open_.empty() ? std::string(name) : fmt::format("{}/{}", open_.back()->path, name);
    const auto* node = std::ranges::find(kNodes, path, &Node::path);
    if (node == std::end(kNodes)) {
      return refuse(Errc::invalid, kUnsupportedXml).with("XmlNodeName", path);
    }
    if (open_.empty()) {
      if (settings.contains(name)) {
        return refuse(Errc::invalid, kInvalidXml);
      }
      writer_.emplace(settings[std::string(name)], wire::XmlWriter::Style{.declaration = false});
    }
    open_.push_back(node);
    text_.clear();
    writer_->start(name);
    return ok();
  }
  Result<> text(std::string_view value) override {
    text_ += value;
    return ok();
  }
  Result<> end(std::string_view) override {
    if (open_.empty()) {
      return ok();  // the root
    }
    const auto& node = *open_.back();
    TRY(check_value(node, text_));
    if (node.kind != Kind::group) {
      writer_->text(text_);
    }
    text_.clear();
    writer_->end();
    open_.pop_back();
    return open_.empty() ? writer_->finish() : Result<>(ok());
  }

  ServiceSettings settings;

 private:
  bool inside_ = false;
  std::vector<const Node*> open_;
  std::string text_;
  std::optional<wire::XmlWriter> writer_;
};

/// The text of an element that holds no others, in XML as we write it.
std::optional<std::string_view> text_of(std::string_view xml, std::string_view element) {
  const auto start = fmt::format("<{}>", element);
  const auto at = xml.find(start);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  xml.remove_prefix(at + start.size());
  return xml.substr(0, xml.find('<'));
}

std::string retention_xml(const blob::Keeping& keeping) {
  auto xml = fmt::format("<{}><Enabled>{}</Enabled>", kRetention, keeping.blob_days > 0);
  if (keeping.permanent_delete) {
    xml += "<AllowPermanentDelete>true</AllowPermanentDelete>";
  }
  if (keeping.blob_days > 0) {
    xml += fmt::format("<Days>{}</Days>", keeping.blob_days);
  }
  return xml + fmt::format("</{}>", kRetention);
}

}  // namespace

store::Schema blob_schema() {
  return {"blob_face", kSteps};
}

Result<ServiceSettings> parse_service_settings(std::string_view document) {
  constexpr wire::XmlLimits kLimits{.depth = 6, .name = 64, .attributes = 8, .value = kKiB, .text = 4 * kKiB};
  SettingsHandler handler;
  auto read = wire::read_xml(as_bytes(document), handler, kLimits);
  if (read) {
    if (const auto cors = handler.settings.find(kCors); cors != handler.settings.end()) {
      TRY(parse_cors_rules(cors->second));
    }
    return std::move(handler.settings);
  }
  if (read.error().published() != nullptr) {
    return std::move(read).error();
  }
  return std::move(read).error().as(kInvalidXml);
}

Result<std::optional<RetentionPolicy>> take_retention(ServiceSettings& settings) {
  const auto found = settings.find(kRetention);
  if (found == settings.end()) {
    return std::optional<RetentionPolicy>();
  }
  const auto xml = std::exchange(found->second, {});
  settings.erase(found);
  const auto missing = [](std::string_view element) {
    return refuse(Errc::invalid, kMissingXml).with("XmlNodeName", fmt::format("{}/{}", kRetention, element));
  };
  const auto enabled = text_of(xml, "Enabled");
  const auto days = text_of(xml, "Days");
  if (!enabled) {
    return missing("Enabled");
  }
  RetentionPolicy policy;
  policy.permanent_delete = text_of(xml, "AllowPermanentDelete") == "true";
  if (*enabled == "true") {
    if (!days) {
      return missing("Days");
    }
    policy.days = std::stoi(std::string(*days));  // a number of at most nine digits
    if (policy.days < 1 || policy.days > kMostDays) {
      return refuse(Errc::invalid, kInvalidXmlValue)
          .with("XmlNodeName", fmt::format("{}/Days", kRetention))
          .with("XmlNodeValue", std::string(*days));
    }
  }
  return std::optional(policy);
}

std::string write_service_settings(ServiceSettings settings, const blob::Keeping& keeping) {
  settings[std::string(kRetention)] = retention_xml(keeping);
  std::string body = fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?><{}>", kRoot);
  for (const auto& [element, xml] : kDefaults) {
    const auto set = settings.find(element);
    body += set == settings.end() ? std::string(xml) : set->second;
  }
  return body + fmt::format("</{}>", kRoot);
}

Result<> save_service_settings(store::Database& database, const std::string& account, ServiceSettings settings) {
  return database.write([account, settings = std::move(settings)](store::Writer& writer) -> Result<> {
    for (const auto& [element, xml] : settings) {
      TRY(
          writer.change("INSERT INTO blob_service_settings (account, element, xml) VALUES (?, ?, ?) "
                        "ON CONFLICT (account, element) DO UPDATE SET xml = excluded.xml",
                        account, element, xml));
    }
    return ok();
  });
}

Result<ServiceSettings> read_service_settings(store::Reader& reader, std::string_view account) {
  ServiceSettings settings;
  TRY(reader.each(
      "SELECT element, xml FROM blob_service_settings WHERE account = ?",
      [&](const store::Row& row) -> Result<> {
        settings.emplace(row.text(0), row.text(1));
        return ok();
      },
      account));
  return settings;
}

Result<ServiceSettings> load_service_settings(store::Database& database, const std::string& account) {
  ServiceSettings settings;
  TRY(database.read([&](store::Reader& reader) -> Result<> {
    TRY(settings, read_service_settings(reader, account));
    return ok();
  }));
  return settings;
}

CorsRules cors_rules(const ServiceSettings& settings) {
  const auto cors = settings.find(kCors);
  if (cors == settings.end()) {
    return {};
  }
  auto rules = parse_cors_rules(cors->second);
  return rules ? std::move(rules).value() : CorsRules();
}

Result<std::optional<std::string>> default_service_version(store::Database& database, const std::string& account) {
  TRY(const auto settings, load_service_settings(database, account));
  const auto set = settings.find("DefaultServiceVersion");
  if (set == settings.end()) {
    return std::optional<std::string>();
  }
  const std::string_view xml = set->second;  // <DefaultServiceVersion>2020-12-06</DefaultServiceVersion>
  return std::optional(std::string(xml.substr(xml.find('>') + 1, 10)));
}

Result<> forget_service_settings(store::Writer& writer, const std::string& account) {
  TRY(writer.change("DELETE FROM blob_service_settings WHERE account = ?", account));
  return ok();
}

}  // namespace quaymaster::storage
