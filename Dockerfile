# syntax=docker/dockerfile:1
# One image for all apps: the first argument names the one to start (`docker run daymark admin-gateway`).
#
# Both bases are given by the builder, with their digest, and are not guessed here: a tag moves, a digest does not.
#   docker build -t daymark:0.1.0 \
#     --build-arg BUILD_IMAGE=node:20-bookworm-slim@sha256:… \
#     --build-arg RUN_IMAGE=gcr.io/distroless/nodejs20-debian12:nonroot@sha256:… .
# `docker buildx imagetools inspect <tag>` tells the digest. Without both, or without a digest, the build ends at once.
# RUN_IMAGE: Node 20 with /nodejs/bin/node, and neither shell nor package manager, as distroless has it.
ARG BUILD_IMAGE
ARG RUN_IMAGE

FROM ${BUILD_IMAGE} AS build
ARG BUILD_IMAGE
ARG RUN_IMAGE
WORKDIR /src
RUN for image in "$BUILD_IMAGE" "$RUN_IMAGE"; do \
      case "$image" in \
        *@sha256:*) ;; \
        *) echo "BUILD_IMAGE and RUN_IMAGE must be given as name:tag@sha256:…, not as '$image'." >&2; exit 1 ;; \
      esac; \
    done
COPY . .
# No package may run a script here: the compiler needs none, and what the image holds needs none either (the embedded
# PostgreSQL does, and is left out of it).
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN node node_modules/typescript7/bin/tsc -b tsconfig.build.json && node tools/image/tree.mjs /tree

FROM ${RUN_IMAGE}
COPY --from=build --chown=0:0 /tree /app
WORKDIR /app
# By number, so that Kubernetes can see that it is not root. Nothing in /app is its own: a read-only root suits it.
USER 65532:65532
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DAYMARK_HOME=/tmp/daymark
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/healthcheck.mjs"]
ENTRYPOINT ["/nodejs/bin/node", "/app/launch.mjs"]
CMD ["standalone"]
