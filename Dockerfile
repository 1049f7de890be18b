# One image for every role: `docker build -t bridge .`; how it is run: compose.yaml, deploy/kubernetes, docs/deployment.md.
# It holds the shop of kb/ and config.toml; mount your own over /app/kb and /app/config.toml.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS packages
WORKDIR /app
COPY requirements.lock ./
COPY scripts/setup.py scripts/
# Every package is the one of the lock, by its hash. pip has done its work then: nothing is installed where it runs.
RUN python scripts/setup.py .venv requirements.lock \
    && rm -rf .venv/lib/python*/site-packages/pip .venv/lib/python*/site-packages/pip-* .venv/bin/pip* \
        .venv/lib/python*/site-packages/setuptools .venv/lib/python*/site-packages/setuptools-*

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="bridge" \
      org.opencontainers.image.description="A self-hosted server that puts a business's Claude-powered assistant where its customers already are"
# A number, so that Kubernetes sees that it is not root. What var/ is mounted from must belong to it.
RUN groupadd --gid 10001 bridge \
    && useradd --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin bridge
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY bridge bridge
COPY routing routing
COPY kb kb
COPY config.toml ./
COPY deploy/healthy.py deploy/
# The root file system is read-only where it runs: what Python would write beside its modules is written now.
RUN python -m compileall -q bridge && install -d -m 0700 -o bridge -g bridge var
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BRIDGE_SERVER__HOST=0.0.0.0
USER 10001:10001
VOLUME /app/var
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "deploy/healthy.py"]
ENTRYPOINT ["bridge"]
CMD ["serve"]
