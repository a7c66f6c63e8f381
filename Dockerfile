# The server with the dashboard. The database is a service of its own: set DATABASE_URL (docker-compose.yml does).

FROM node:22-slim AS build
WORKDIR /app
# Packages first: this layer is made anew only when they change. npm needs the manifest of each workspace.
COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json sdk/
COPY cli/package.json cli/
RUN npm ci --include=dev
COPY . .
RUN node scripts/run.mjs build

FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json sdk/
COPY cli/package.json cli/
# Optional packages are build tools' binaries and the built-in PostgreSQL, which is not used here.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
COPY migrations migrations
COPY --from=build /app/dist dist
ENV NODE_ENV=production ASSAY_ROOT=/app HOST=0.0.0.0 PORT=4000
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/server/main.js"]
