#!/usr/bin/env bash
# On the GPU host: unpacks the archives beside this file, app.tar.xz into $GPU_HOST_ROOT/app, data.tar.xz into $GPU_HOST_ROOT/data.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${GPU_HOST_ROOT:-/opt/ringside-gpu}
for archive in "$here"/*.tar.xz; do
  to="$root/$(basename "$archive" .tar.xz)"
  rm -rf "$to"
  mkdir -p "$to"
  if command -v xz >/dev/null; then
    tar -C "$to" -xJf "$archive"
  else
    python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter="tar")' "$archive" "$to"
  fi
  echo "$to: $(du -sm "$to" | cut -f1) MB"
done
