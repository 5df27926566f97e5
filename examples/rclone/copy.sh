#!/bin/sh
# Copies a directory into a container and checks every byte:  copy.sh DIRECTORY CONTAINER
set -eu
variables=$(quaymaster env --for rclone ${QUAYMASTER_DATA:+--data "$QUAYMASTER_DATA"})  # a separate statement, so that a failure ends the script
eval "$variables"
rclone mkdir "quaymaster:$2"
rclone copy "$1" "quaymaster:$2"
rclone check --download "$1" "quaymaster:$2"
rclone lsl "quaymaster:$2"
