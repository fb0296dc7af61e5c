# One image for every service of docker-compose.yml: Node, a current FFmpeg, redis-server and the compiled Ringside.
# By itself it runs all of it: docker run --shm-size 256m -p 127.0.0.1:8080:8080 -e RINGSIDE_HOST=0.0.0.0 ringside

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts stay off (.npmrc): every native part ships prebuilt, and onnxruntime-node's would fetch CUDA.
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim AS cpu
# Debian's own packages: they get security fixes, and cameras are untrusted input. tini reaps what FFmpeg may leave.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg redis-server tini util-linux \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/config/default.yml ./config/default.yml
COPY --from=build /app/infer/model/ringside-nano ./infer/model/ringside-nano
# A volume mounted here for the first time takes over this owner, so that the non-root user may write it.
RUN install -d -o node -g node -m 0700 /data
ENV NODE_ENV=production RINGSIDE_DATA_DIR=/data
RUN ln -s /app/dist/bin/ringside.js /usr/local/bin/ringside && chmod 0755 /app/dist/bin/ringside.js
USER node
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["tini", "--"]
CMD ["ringside", "up"]

# CUDA and cuDNN as NVIDIA's wheels: libraries alone, in one folder.
FROM python:3.12-slim-bookworm AS cuda
ARG CUDA=13
RUN case "$CUDA" in \
      13) set -- nvidia-cublas==13.* nvidia-cuda-runtime==13.* nvidia-cuda-nvrtc==13.* nvidia-curand nvidia-cudnn-cu13 ;; \
      12) set -- nvidia-cublas-cu12 nvidia-cuda-runtime-cu12 nvidia-cuda-nvrtc-cu12 nvidia-curand-cu12 nvidia-cudnn-cu12 ;; \
      *) echo "CUDA is 12 or 13" >&2; exit 1 ;; \
    esac \
 && pip install --no-cache-dir --target /opt/cuda "$@"

# docker build --target gpu [--build-arg CUDA=12]: the same with what the CUDA engine needs. See docs/gpu.md.
FROM cpu AS gpu
ARG CUDA=13
COPY --from=cuda /opt/cuda /opt/cuda
USER root
RUN RINGSIDE_DATA_DIR=/tmp/ringside ringside gpu install --cuda "$CUDA" --dir /opt/ringside-gpu && rm -rf /tmp/ringside
USER node
ENV RINGSIDE_INFER_GPU_PROVIDER_DIR=/opt/ringside-gpu RINGSIDE_INFER_GPU_LIBRARY_PATH=/opt/cuda

# What is built where no target is named.
FROM cpu
