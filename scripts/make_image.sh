#!/usr/bin/env bash
# Builds the image with Debian's tools alone and walks through it from another network namespace.
# A base is made by debootstrap unless BASE names one. Needs root; Debian's packages are installed.
set -euo pipefail
cd "$(dirname "$0")/.."

work=${IMAGE_WORK:-.image}
base=${BASE:-localhost/ragtenancy-base}
image=${IMAGE:-localhost/ragtenancy}
python=${PYTHON:-.venv/bin/python}
buildah=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs)

need() {
    command -v "$1" >/dev/null 2>&1 && return
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

make_base() {
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    if [ ! -e "$work/base/.made" ]; then
        rm -rf "$work/base"
        debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
            bookworm "$work/base" "$mirror" >"$work/debootstrap.log"
        rm -rf "$work/base/var/cache/apt/archives/"*.deb "$work/base/var/lib/apt/lists/"*
        touch "$work/base/.made"
    fi
    local container
    container=$("${buildah[@]}" from scratch)
    "${buildah[@]}" add --quiet "$container" "$work/base" / >/dev/null
    "${buildah[@]}" commit --quiet "$container" "$base" >/dev/null
    "${buildah[@]}" rm "$container" >/dev/null
}

# Where pip of this machine looks for packages: its settings and the folders that they name,
# lent to the build as volumes, so that nothing of them is in the image.
pip_volumes() {
    "$python" -m pip config list | sed -n "s/^\(:env:\|global\)\.\([a-z-]*\)='\(.*\)'$/\2 = \3/p" |
        sort -u -t= -k1,1 | { echo "[global]"; cat; } >"$work/pip.conf"
    echo "--volume=$PWD/$work/pip.conf:/etc/pip.conf:ro"
    grep -o '/[A-Za-z0-9_./-]*' "$work/pip.conf" | sed 's#^//*#/#; s#/simple$##' | sort -u | while read -r path; do
        [ -e "$path" ] && echo "--volume=$path:$path:ro"
    done
}

mkdir -p "$work"
need buildah buildah
need debootstrap debootstrap
need ip iproute2
[ -n "${BASE:-}" ] || "${buildah[@]}" inspect --type image "$base" >/dev/null 2>&1 || make_base

mapfile -t volumes < <(pip_volumes)
"${buildah[@]}" build --isolation chroot --network host --format docker --build-arg BASE="$base" \
    "${volumes[@]}" --tag "$image" --file Containerfile . >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log" >&2; exit 1; }

container=$("${buildah[@]}" from "$image")
root=$("${buildah[@]}" mount "$container")
trap '"${buildah[@]}" umount "$container" >/dev/null; "${buildah[@]}" rm "$container" >/dev/null' EXIT
"${buildah[@]}" inspect --type image "$image" >"$work/image.json"
"$python" scripts/image_walk.py --root "$root" --image "$work/image.json"
