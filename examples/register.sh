#!/usr/bin/env bash
# Registers a camera with curl alone. Neither the token nor the camera's password ever stands on a command line:
# the token is read from RINGSIDE_TOKEN, the camera's URL from standard input.
#
#   RINGSIDE_TOKEN=… examples/register.sh http://127.0.0.1:8080 gate < gate.url
set -euo pipefail

if [[ $# -ne 2 || -z ${RINGSIDE_TOKEN:-} ]]; then
  echo 'usage: RINGSIDE_TOKEN=… register.sh http://127.0.0.1:8080 STREAM < file-with-the-url' >&2
  exit 2
fi
address=$1
stream=$2
read -r url
if [[ $stream$url == *[\"\\]* ]]; then
  echo 'The id or the URL has a quote or a backslash in it: percent-encode it.' >&2
  exit 2
fi

answer=$(curl --silent --show-error --max-time 15 --write-out '\n%{http_code}' \
  --header @<(printf 'authorization: Bearer %s' "$RINGSIDE_TOKEN") \
  --header 'content-type: application/json' \
  --data-binary @<(printf '{"id":"%s","url":"%s"}' "$stream" "$url") \
  "$address/api/v1/streams")
status=${answer##*$'\n'}
echo "${answer%$'\n'*}"
[[ $status == 201 ]] || { echo "Ringside answered $status" >&2; exit 1; }
