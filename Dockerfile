# Stepwell in a container:
#
#     docker build -t stepwell .
#     docker run -p 127.0.0.1:8083:8083 -v stepwell:/data stepwell
#
# Inside it listens on every address and trusts its network (--no-auth), since nobody reaches a
# container but through the ports that are published: publish them on 127.0.0.1, or give
# --credentials (docs/security.md).

FROM debian:12-slim AS build
WORKDIR /src
COPY . .
RUN scripts/install-deps && \
    meson setup -Dtests=false --prefix /usr build && \
    ninja -C build stepwell && \
    strip build/stepwell && \
    # Not in Debian 12, so it goes along (scripts/install-deps says where it comes from).
    cp -L /usr/lib/*/libyyjson.so.0 build/

FROM debian:12-slim
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates libcurl4 libmicrohttpd12 \
        libpcre2-8-0 libsqlite3-0 libssl3 libutf8proc2 libyaml-0-2 && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --home-dir /data --create-home stepwell
COPY --from=build /src/build/libyyjson.so.0 /usr/local/lib/
COPY --from=build /src/build/stepwell /usr/bin/
RUN ldconfig && stepwell --version
USER stepwell
VOLUME /data
EXPOSE 8083
HEALTHCHECK --interval=10s --timeout=3s CMD ["stepwell", "machines", "list"]
ENTRYPOINT ["stepwell"]
CMD ["serve", "--listen", "0.0.0.0", "--no-auth", "--data", "/data"]
