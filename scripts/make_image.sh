#!/usr/bin/env bash
# Builds the image with Debian's tools alone and walks through it from another network namespace.
# A base is made by debootstrap unless BASE names one. Needs root; Debian's packages are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/container_tools.sh

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

have_base
need ip iproute2

mapfile -t volumes < <(pip_volumes)
say "build $image (its output: $work/build.log)"
: >"$work/build.log"
buildah build --layers --isolation chroot --network host --format docker --build-arg BASE="$base" \
    "${volumes[@]}" --tag "$image" --file Containerfile . 2>&1 | told "$work/build.log" ||
    { tail -n 40 "$work/build.log" >&2; exit 1; }

say "walk through the image"
container=$(buildah from "$image")
root=$(buildah mount "$container")
trap 'buildah umount "$container" >/dev/null; buildah rm "$container" >/dev/null' EXIT
buildah inspect --type image "$image" >"$work/image.json"
"$python" scripts/image_walk.py --root "$root" --image "$work/image.json"
