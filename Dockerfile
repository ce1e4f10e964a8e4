# Two stages: the browser's part, then the server. Build: docker build -t argus .
FROM node:22-slim AS frontend
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend ./
COPY public ../public
RUN npm run build

FROM python:3.13-slim
WORKDIR /srv/argus
RUN useradd --system --uid 10001 --home /srv/argus argus && install -d -o argus -m 0700 var storage
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY argus argus
COPY packages/strangler/strangler packages/strangler/strangler
COPY templates templates
COPY public public
COPY argus_backend.py migration_status.yaml pyproject.toml ./
COPY --from=frontend /src/public/dist public/dist
# What is written goes to these two and to /tmp; everything else may be read-only (`docker run --read-only --tmpfs /tmp`).
VOLUME ["/srv/argus/var", "/srv/argus/storage"]
USER 10001
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/srv/argus:/srv/argus/packages/strangler
EXPOSE 8080
HEALTHCHECK --start-period=30s --interval=10s --timeout=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "argus.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--workers", "2"]
