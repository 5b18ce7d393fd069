#!/usr/bin/env bash
# Brings compose.yaml up with Debian's podman-compose and walks through it (needs root).
# Redis's image is made of Debian's package, which stands in for Docker Hub's of the same name.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/container_tools.sh

have_base
need podman podman
need podman-compose podman-compose
need runc runc
need /usr/lib/podman/netavark netavark
need /usr/lib/podman/aardvark-dns aardvark-dns
need iptables iptables

# Limits that every machine grants, and nothing that needs systemd.
cat >"$work/containers.conf" <<END
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
END
export CONTAINERS_CONF=$PWD/$work/containers.conf DISABLE_HC_SYSTEMD=true

for each in "$image" "$image-console"; do
    buildah inspect --type image "$each" >/dev/null 2>&1 || { echo "first: make image console-image" >&2; exit 1; }
    buildah tag "$each" "docker.io/library/${each##*/}:latest"
done

make_redis() {
    local redis=docker.io/library/redis:7
    buildah inspect --type image $redis >/dev/null 2>&1 && return
    say "make an image of Redis from Debian's package"
    mkdir -p "$work/redis"
    # As Docker Hub's: without the protected mode that refuses every other container.
    printf '#!/bin/sh\nexec "$@" --protected-mode no\n' >"$work/redis/entrypoint"
    chmod +x "$work/redis/entrypoint"
    cat >"$work/redis/Containerfile" <<END
FROM $base
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server
COPY entrypoint /usr/local/bin/entrypoint
USER redis
ENTRYPOINT ["/usr/local/bin/entrypoint"]
END
    : >"$work/redis.log"
    buildah build --isolation chroot --network host --tag $redis \
        --file "$work/redis/Containerfile" "$work/redis" 2>&1 | told "$work/redis.log" ||
        { tail -n 40 "$work/redis.log" >&2; exit 1; }
}

make_redis
"$python" scripts/compose_walk.py
