#!/bin/sh
# Backs a directory up to a restic repository in blobs of this server, and reads it back:  backup.sh DIRECTORY
set -eu
variables=$(quaymaster env --for restic ${QUAYMASTER_DATA:+--data "$QUAYMASTER_DATA"})  # a separate statement, so that a failure ends the script
eval "$variables"
export RESTIC_PASSWORD="${RESTIC_PASSWORD:-change me}" RESTIC_REPOSITORY=azure:restic:/
restic -q init
restic -q backup "$1"
restic -q check --read-data
restic -q restore latest --target restored
diff -r "$1" "restored/$1"
restic snapshots
