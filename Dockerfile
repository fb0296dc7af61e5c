# One image for every service of docker-compose.yml: Node, a current FFmpeg, redis-server and the compiled Ringside.
# By itself it runs all of it: docker run --shm-size 256m -p 127.0.0.1:8080:8080 -e RINGSIDE_HOST=0.0.0.0 ringside

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts stay off (.npmrc): every native part ships prebuilt, and onnxruntime-node's would fetch CUDA.
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
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
