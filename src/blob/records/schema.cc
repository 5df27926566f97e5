#include "blob/records/schema.h"

namespace quaymaster::blob {
namespace {

// Meaning of each column: doc/formats/blob-records.md. Names are blobs, so that they sort bytewise everywhere.
constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE blob_counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO blob_counters (name, value) VALUES ('epoch', 0), ('extent', 0);

CREATE TABLE blob_containers (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  name BLOB NOT NULL,
  etag INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  metadata BLOB NOT NULL,
  UNIQUE (account, name)
) STRICT;
CREATE TABLE blob_condemned (
  container INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE blob_blobs (
  id INTEGER PRIMARY KEY,
  container INTEGER NOT NULL,
  name BLOB NOT NULL,
  type INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag INTEGER NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  has_blocks INTEGER NOT NULL,
  properties BLOB NOT NULL,
  metadata BLOB NOT NULL,
  pieces BLOB NOT NULL,
  UNIQUE (container, name)
) STRICT;
CREATE TABLE blob_block_lists (
  blob INTEGER PRIMARY KEY,
  blocks BLOB NOT NULL
) STRICT;

CREATE TABLE blob_drafts (
  id INTEGER PRIMARY KEY,
  container INTEGER NOT NULL,
  name BLOB NOT NULL,
  blocks INTEGER NOT NULL,
  id_size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  UNIQUE (container, name)
) STRICT;
CREATE INDEX blob_drafts_modified ON blob_drafts (modified);
CREATE TABLE blob_staged (
  draft INTEGER NOT NULL,
  block_id BLOB NOT NULL,
  size INTEGER NOT NULL,
  pieces BLOB NOT NULL,
  PRIMARY KEY (draft, block_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_extents (
  id INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  size INTEGER NOT NULL,
  live INTEGER NOT NULL
) STRICT;
CREATE INDEX blob_extents_growing ON blob_extents (id) WHERE state = 0;
CREATE INDEX blob_extents_wasted ON blob_extents (id) WHERE state = 1 AND live * 2 <= size;
CREATE INDEX blob_extents_doomed ON blob_extents (id) WHERE state = 2;
CREATE TABLE blob_references (
  extent INTEGER NOT NULL,
  owner INTEGER NOT NULL,
  PRIMARY KEY (extent, owner)
) STRICT, WITHOUT ROWID;
)",
    // Adds tiers. Drafts now count the decoded bytes of an id; before, they counted the characters of its base64.
    // Backslashes in names become slashes; a name whose new form is taken stays as it is.
    R"(
ALTER TABLE blob_blobs ADD COLUMN tier INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blob_blobs ADD COLUMN tier_changed INTEGER NOT NULL DEFAULT 0;
UPDATE blob_drafts SET id_size = coalesce(
  (SELECT length(block_id) * 3 / 4 - (length(block_id) - length(rtrim(CAST(block_id AS TEXT), '=')))
   FROM blob_staged WHERE draft = blob_drafts.id LIMIT 1), id_size);
UPDATE OR IGNORE blob_blobs SET name = CAST(replace(CAST(name AS TEXT), '\', '/') AS BLOB)
  WHERE instr(name, x'5C') > 0;
UPDATE OR IGNORE blob_drafts SET name = CAST(replace(CAST(name AS TEXT), '\', '/') AS BLOB)
  WHERE instr(name, x'5C') > 0;
)",
    // Adds former states, shared contents, deleted containers, and what accounts keep.
    R"(
ALTER TABLE blob_containers ADD COLUMN has_former INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blob_blobs ADD COLUMN content INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blob_blobs ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE blob_former (
  id INTEGER PRIMARY KEY,
  container INTEGER NOT NULL,
  name BLOB NOT NULL,
  moment INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  type INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag INTEGER NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  has_blocks INTEGER NOT NULL,
  properties BLOB NOT NULL,
  metadata BLOB NOT NULL,
  tier INTEGER NOT NULL,
  tier_changed INTEGER NOT NULL,
  content INTEGER NOT NULL,
  pieces BLOB NOT NULL,
  UNIQUE (container, name, moment)
) STRICT;
CREATE INDEX blob_former_expires ON blob_former (expires) WHERE expires > 0;
CREATE TABLE blob_contents (
  id INTEGER PRIMARY KEY,
  users INTEGER NOT NULL,
  pieces BLOB NOT NULL
) STRICT;

CREATE TABLE blob_deleted_containers (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  name BLOB NOT NULL,
  deleted INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  etag INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  metadata BLOB NOT NULL,
  has_former INTEGER NOT NULL,
  UNIQUE (account, name, id)
) STRICT;
CREATE INDEX blob_deleted_containers_expires ON blob_deleted_containers (expires);

CREATE TABLE blob_accounts (
  account TEXT PRIMARY KEY,
  versions INTEGER NOT NULL,
  blob_days INTEGER NOT NULL,
  permanent_delete INTEGER NOT NULL,
  container_days INTEGER NOT NULL
) STRICT;
)"};

}  // namespace

store::Schema schema() {
  return {"blob", kSteps};
}

}  // namespace quaymaster::blob
