#!/usr/bin/env bash
# On a GPU host, behind scripts/unpack-gpu-host.sh: runs the steps named, each within its time, and tells what came of each.
#
#   step         s     what
#   look        10     driver, GPU, libraries as `ringside doctor` sees them
#   upload      15     GB/s out of a page-locked slab
#   suite       90     the engine contract
#   equality   150     detections against the CPU engine's, on packed frames (needs $root/data)
#   ours       150     throughput of YOLOv8n and YOLOv8s, ours alone
#   stock      240     … beside onnxruntime-node
#   eager      300     … beside onnxruntime-node and PyTorch eager
#   compile    560     … beside torch.compile (reduce-overhead), batches 1, 32, 64
#   autotune   590     … beside torch.compile (max-autotune-no-cudagraphs), batch 32, YOLOv8n
#   fill       180     10,000 batches of random fill: nothing is allocated
#   limits     240     too little device memory
#   cycles     590     200 loads and unloads
#   fault       90     an illegal address under the engine
#   service    180     … under a whole Ringside (needs redis-server and ffmpeg)
#
# The times are limits; what is expected is about half. ARGS holds more arguments for throughput, fill, limits and cycles, e.g.
# ARGS='--set nhwc=false --sizes n'. Logs and JSON go to gpu-results.tar.gz in $OUT, or in the folder it is called from. Ends with 3 where there is no GPU, with 1 where a step failed.
set -uo pipefail
app=$(cd "$(dirname "$0")/../../.." && pwd)
root=$(dirname "$app")
to=${OUT:-$PWD}
OUT=$(mktemp -d)
export OUT
unset RINGSIDE_GPU # a name of the host's, and no setting
if [ -f "$root/env.sh" ]; then
  set +u
  # shellcheck disable=SC1091
  source "$root/env.sh"
  set -u
fi
here="$app/dist/test/bench/gpu"
read -ra more <<<"${ARGS:-}"

step() { # name, seconds, command…
  local name=$1 seconds=$2 started=$SECONDS status
  shift 2
  echo "── $name"
  timeout -k 5 "$seconds" "$@" 2>&1 | tee "$OUT/$name.log" | tail -n "${LINES_SHOWN:-60}"
  status=${PIPESTATUS[0]}
  echo "── $name ended with $status after $((SECONDS - started)) s"
  verdicts+=("$name=$status ($((SECONDS - started)) s)")
  tar -C "$OUT" -czf "$to/gpu-results.tar.gz" . # after each step: the next may be cut off
  if [ "$status" != 0 ] && [ "$worst" != 1 ]; then worst=$([ "$status" = 3 ] && echo 3 || echo 1); fi
}

verdicts=()
worst=0
[ $# -gt 0 ] || { sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2; }
for name in "$@"; do
  case "$name" in
  look) step look 10 node "$here/look.js" ;;
  upload) step upload 15 node "$here/upload.js" ;;
  suite) step suite 90 node "$here/suite.js" cuda ;;
  equality) step equality 150 node "$here/equality.js" "$root/data" ;;
  ours) step ours 150 node "$here/throughput.js" --rivals none "${more[@]}" ;;
  stock) step stock 240 node "$here/throughput.js" --rivals stock "${more[@]}" ;;
  eager) step eager 300 node "$here/throughput.js" --rivals stock,eager "${more[@]}" ;;
  compile) step compile 560 node "$here/throughput.js" --rivals reduce-overhead --batches 1,32,64 "${more[@]}" ;;
  autotune) step autotune 590 node "$here/throughput.js" --rivals max-autotune-no-cudagraphs --batches 32 --sizes n "${more[@]}" ;;
  fill) step fill 180 node "$here/fill.js" "${more[@]}" ;;
  limits) step limits 240 node "$here/limits.js" --set fuseConvBias=false "${more[@]}" ;;
  cycles) step cycles 590 node "$here/cycles.js" --set fuseConvBias=false --seconds 540 "${more[@]}" ;;
  fault) step fault 90 node "$here/faults.js" engine ;;
  service) step service 180 node "$here/faults.js" service ;;
  *) echo "no step $name" && exit 2 ;;
  esac
done
printf '%s\n' "${verdicts[@]}"
exit "$worst"
