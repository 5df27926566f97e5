#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drive/format/claimed_hash.h"
#include "drive/format/range_list.h"

namespace quaymaster::drive {

// The drive manifest, which maps files of a drive to blobs. Format and rules: doc/formats/drive-manifest.md.

enum class BlobKind { block, page };
enum class Disposition { rename, no_overwrite, overwrite };
/// "rename", "no-overwrite", "overwrite".
std::string_view name(Disposition disposition);

/// Whether the manifest contained an account key or a container SAS. The secret itself is not kept.
enum class CredentialKind { none, account_key, container_sas };

struct ManifestHeader {
  std::string version;  // as written; any version is accepted
  std::string drive_id;
  CredentialKind credential = CredentialKind::none;
  std::string sas_container;  // from a container SAS: blobs outside this container are BlobRequestForbidden
  std::string client_creator;
};

/// A metadata or properties file on the drive. The path is as written, with backslashes.
struct FileReference {
  std::string path;
  std::optional<ClaimedHash> hash;  // absent: it cannot be verified
};

/// The settings shared by all blobs of one BlobList.
struct ListDefaults {
  std::string id;
  std::optional<FileReference> metadata;
  std::optional<FileReference> properties;
};

struct BlobEntry {
  std::uint64_t index = 0;   // in manifest order, from 0
  std::string blob_path;     // begins with the container; not encoded
  std::string file_path;     // as written; opening it checks that it names a file inside the drive
  std::string snapshot;      // export only; empty: the base blob
  std::uint64_t length = 0;  // bytes
  BlobKind kind = BlobKind::block;
  std::optional<Disposition> disposition;  // absent on export; absent on import means rename
  RangeList ranges;  // satisfies the rules of 7.2: ordered, within the length, blocks without gaps
  std::optional<FileReference> metadata;
  std::optional<FileReference> properties;
  std::shared_ptr<const ListDefaults>
      defaults;  // shared by the entries of one list and immutable; never null after reading
  /// If not empty, why the blob service would refuse this blob (missing or invalid block ids, more page ranges than
  /// kMostPageRanges, which are then dropped from `ranges`). Fails only this blob: BlobStatus::blob_request_failed.
  std::string problem;

  Disposition import_disposition() const { return disposition.value_or(Disposition::rename); }
};

constexpr std::uint64_t kMostBlocks = 50'000;
constexpr std::uint64_t kLongestBlock = 4000 * kMiB;  // the blob store's own limit; older documentation says 4 MiB
constexpr std::uint64_t kLongestPageRange = 4 * kMiB;
constexpr std::uint64_t kMostPageRanges = 1ULL
                                          << 21;  // an 8 TiB page blob completely listed in ranges of maximum length
constexpr std::uint64_t kPageSize = 512;
constexpr std::uint64_t kLargestPageBlob =
    8ULL << 40;  // 8 TiB. Source: "Scalability and performance targets for Blob storage"
constexpr std::uint64_t kIdsOptionalUpTo = 64 * kMiB;  // longer blobs must have block ids

/// The destination of a blob path.
struct BlobAddress {
  std::string container;
  std::string name;
};
/// Splits at the first slash; a leading slash is tolerated, "$root/x" is the root container. Nothing is decoded; a
/// backslash is a slash, as in all blob names (blob/rules.h).
/// Errc::invalid: no container, no name, or one that violates the blob service's rules
/// (BlobStatus::blob_request_failed).
Result<BlobAddress> parse_blob_path(std::string_view path);
/// 3 to 63 characters of a-z, 0-9 and single dashes, beginning and ending with a letter or digit; also "$root" and
/// "$web".
bool is_container_name(std::string_view text);

}  // namespace quaymaster::drive
