#!/usr/bin/env bash
# Makes the clip that the cameras of a capacity run play: H.264 as annex B, no B-frames, a key frame every 2 s.
#   make-clip.sh SOURCE.mp4 CLIP.h264 [WIDTHxHEIGHT] [BITRATE] [SECONDS] [FPS]
set -euo pipefail
source=${1:?usage: make-clip.sh SOURCE.mp4 CLIP.h264 [WIDTHxHEIGHT] [BITRATE] [SECONDS] [FPS]}; clip=${2:?CLIP.h264}
size=${3:-1920x1080} rate=${4:-4M} seconds=${5:-10} fps=${6:-25}
ffmpeg -v error -y -stream_loop -1 -i "$source" -t "$seconds" -an -r "$fps" -vf "scale=${size/x/:},format=yuv420p" \
  -c:v libx264 -preset medium -b:v "$rate" -maxrate "$rate" -bufsize "$rate" -g $((2 * fps)) -keyint_min $((2 * fps)) -sc_threshold 0 -bf 0 -f h264 "$clip"
ls -l "$clip"
