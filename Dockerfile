FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements requirements

# Wheels only: without a compiler in the image, a source package would fail late and unclearly.
RUN python -m venv --without-pip /opt/clarion \
    && pip --python /opt/clarion/bin/python install --only-binary :all: --require-hashes -r requirements/runtime.txt

# The build backend and all it needs, out of the developers' lock; pip fails when one is missing here.
RUN awk '/^[a-z]/ { wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } wanted' \
        requirements/dev.txt > build.txt \
    && pip install --require-hashes -r build.txt

# The project comes last: a change to it leaves the layers of its dependencies as they are.
COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && pip --python /opt/clarion/bin/python install --no-deps dist/*.whl


FROM python:3.11-slim
LABEL org.opencontainers.image.title="Clarion" \
      org.opencontainers.image.description="API-triggered campaigns on Kafka: every trigger takes effect exactly once." \
      org.opencontainers.image.licenses="Apache-2.0"
# By number, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 clarion \
    && useradd --uid 10001 --gid clarion --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin clarion
COPY --from=build /opt/clarion /opt/clarion
ENV PATH=/opt/clarion/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8000 8080
# No HEALTHCHECK: most commands serve no HTTP, and which probe is the right one depends on who asks.
ENTRYPOINT ["clarion"]
CMD ["run"]
