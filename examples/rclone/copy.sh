#!/bin/sh
# Copies a directory into a container and checks every byte:  copy.sh DIRECTORY CONTAINER
set -eu
eval "$(quaymaster env --for rclone ${QUAYMASTER_DATA:+--data "$QUAYMASTER_DATA"})"
rclone mkdir "quaymaster:$2"
rclone copy "$1" "quaymaster:$2"
rclone check --download "$1" "quaymaster:$2"
rclone lsl "quaymaster:$2"
