#include "drive/format/metadata.h"

#include <algorithm>

#include "base/encode.h"
#include "drive/format/text.h"
#include "wire/xml_reader.h"
#include "wire/xml_writer.h"

namespace quaymaster::drive {
namespace {

/// A root element whose children contain only text: the structure of both files.
class FlatFile final : public wire::XmlHandler {
 public:
  explicit FlatFile(std::string_view root) : root_(root) {}

  Result<> start(std::string_view name, wire::XmlAttributes) override {
    switch (depth_++) {
      case 0:
        if (name != root_) {
          return invalid("the root element is {}, not {}", name, root_);
        }
        return ok();
      case 1:
        entries.emplace_back(std::string(name), std::string());
        return ok();
      default:
        return invalid("{} is inside a value", name);
    }
  }
  Result<> text(std::string_view text) override {
    if (depth_ == 2) {
      entries.back().second = text;
    }
    return ok();
  }
  Result<> end(std::string_view) override {
    --depth_;
    return ok();
  }

  std::vector<std::pair<std::string, std::string>> entries;

 private:
  std::string_view root_;
  int depth_ = 0;
};

Result<std::vector<std::pair<std::string, std::string>>> read_flat(Bytes file, std::string_view root) {
  if (file.size() > kLargestSidecar) {
    return too_large("a metadata or properties file of {} bytes", file.size());
  }
  FlatFile flat(root);
  TRY(wire::read_xml(file, flat));
  return std::move(flat.entries);
}

void put(blob::Metadata& metadata, std::string name, std::string value) {
  const auto found =
      std::ranges::find_if(metadata, [&](const auto& entry) { return equal_ignoring_case(entry.first, name); });
  if (found == metadata.end()) {
    metadata.emplace_back(std::move(name), std::move(value));
  } else {
    *found = {std::move(name), std::move(value)};
  }
}

struct PropertyRow {
  std::string_view element;
  std::optional<std::string> PropertyFile::* field;
};
constexpr PropertyRow kProperties[] = {
    {"Content-Type", &PropertyFile::content_type},         {"Content-Encoding", &PropertyFile::content_encoding},
    {"Content-Language", &PropertyFile::content_language}, {"Content-Disposition", &PropertyFile::content_disposition},
    {"Cache-Control", &PropertyFile::cache_control},       {"Content-MD5", &PropertyFile::content_md5},
};

constexpr wire::XmlWriter::Style kStyle{.indent = 2, .encoding_name = "UTF-8"};

void write_fields(wire::XmlWriter& xml, const PropertyFile& properties) {
  for (const auto& [element, field] : kProperties) {
    if (const auto& value = properties.*field) {
      xml.element(element, *value);
    }
  }
}

}  // namespace

Result<blob::Metadata> read_metadata(Bytes file) {
  TRY(auto entries, read_flat(file, "Metadata"));
  blob::Metadata metadata;
  for (auto& [name, value] : entries) {
    put(metadata, std::move(name), std::move(value));
  }
  return metadata;
}

Result<std::string> write_metadata(const blob::Metadata& metadata) {
  std::string text;
  wire::XmlWriter xml(text, kStyle);
  xml.start("Metadata");
  for (const auto& [name, value] : metadata) {
    xml.element(name, value);
  }
  xml.end();
  TRY(xml.finish());
  return text;
}

blob::Metadata merge(blob::Metadata defaults, const blob::Metadata& own) {
  for (const auto& [name, value] : own) {
    put(defaults, name, value);
  }
  return defaults;
}

Result<PropertyFile> read_properties(Bytes file) {
  TRY(auto entries, read_flat(file, "Properties"));
  PropertyFile properties;
  for (auto& [name, value] : entries) {
    const auto* row = std::ranges::find(kProperties, name, &PropertyRow::element);
    if (row != std::end(kProperties)) {
      properties.*row->field = std::move(value);
    }
  }
  return properties;
}

PropertyFile merge(PropertyFile defaults, const PropertyFile& own) {
  for (const auto& row : kProperties) {
    if (own.*row.field) {
      defaults.*row.field = own.*row.field;
    }
  }
  return defaults;
}

Result<blob::Properties> to_blob_properties(const PropertyFile& file) {
  blob::Properties properties;
  properties.content_type = file.content_type.value_or("");
  properties.content_encoding = file.content_encoding.value_or("");
  properties.content_language = file.content_language.value_or("");
  properties.content_disposition = file.content_disposition.value_or("");
  properties.cache_control = file.cache_control.value_or("");
  if (file.content_md5) {
    TRY(const auto md5, decode_base64(trimmed(*file.content_md5)));
    if (md5.size() != std::tuple_size_v<Md5Digest>) {
      return invalid("Content-MD5 has {} bytes, an MD5 has 16", md5.size());
    }
    properties.md5 = md5;
  }
  return properties;
}

Result<std::string> write_properties(const ExportedProperties& exported) {
  PropertyFile published = exported.properties;
  published.content_disposition.reset();
  std::string text;
  wire::XmlWriter xml(text, kStyle);
  xml.start("Properties");
  write_fields(xml, published);
  xml.element("Last-Modified", format_http_date(exported.last_modified))
      .element("Etag", exported.etag)
      .element("Content-Length", exported.content_length)
      .end();
  TRY(xml.finish());
  return text;
}

Result<std::string> write_properties(const PropertyFile& properties) {
  std::string text;
  wire::XmlWriter xml(text, kStyle);
  xml.start("Properties");
  write_fields(xml, properties);
  xml.end();
  TRY(xml.finish());
  return text;
}

}  // namespace quaymaster::drive
