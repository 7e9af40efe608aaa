# The image of the services "web" and "admin" of docker-compose.yml. It does not contain the PostgreSQL that
# ./scripts/run.sh starts, because the database is in another container.
FROM node:24-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
# The tools that build the page stay in this stage. None of them needs its install scripts.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/web/build.ts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force
# Copies only what .dockerignore lets through. --chown makes it readable whatever the umask of the checkout was.
COPY --chown=node:node . .
COPY --from=page --chown=node:node /app/dist/web dist/web
# For the keys that sign access tokens, and for the key that the two servers share.
RUN mkdir --mode=700 /data /connections && chown node:node /data /connections
VOLUME /data
USER node
# The image has the compiled program, as run.sh keeps it. So a container needs no compiler of TypeScript, which takes
# 18 MB. Node makes such a folder for each user, so this comes after USER. The second command loads what only one of the
# two servers needs.
ENV NODE_COMPILE_CACHE=/home/node/.cache/compiled
RUN node src/local/commands/run.ts --help >/dev/null \
    && node --input-type=module --eval "await import('./src/local/server/admin-server.ts'); await import('./src/emulators/api-gateway/connections-api.ts')"
ENV HOST=0.0.0.0 DATA_DIR=/data
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8000}/api/health/`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell, so that the server gets the signals.
CMD ["node", "src/local/commands/run.ts"]
