# Sourced by make_image.sh, make_console_image.sh and make_compose_walk.sh: tools of Debian, and a store of their own.

work=${IMAGE_WORK:-.image}
base=${BASE:-localhost/ragtenancy-base}
image=${IMAGE:-localhost/ragtenancy}
python=${PYTHON:-.venv/bin/python}
mkdir -p "$work"

# Print a line with the seconds since the start.
say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

need() {
    command -v "$1" >/dev/null 2>&1 && return
    say "install $2"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

# Write all output to a file, and print the steps of a build and every twentieth package.
told() {
    local line count=0
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$1"
        case $line in
        STEP* | "["*"] STEP"* | "Successfully tagged"*) say "${line:0:100}" ;;
        Collecting*) ((count++ % 20)) || say "  package $count: ${line:11:60}" ;;
        "Installing collected"*) say "  install $count packages" ;;
        esac
    done
}

# A store beside no other, by hard links and overlays where the kernel allows it: copies take minutes.
store() {
    local driver=overlay
    "${1:-buildah}" --root "$work/overlay" --runroot "$work/overlay-run" --storage-driver overlay \
        info >/dev/null 2>&1 || driver=vfs
    cat >"$work/storage.conf" <<END
[storage]
driver = "$driver"
graphroot = "$PWD/$work/$driver"
runroot = "$PWD/$work/$driver-run"
END
    export CONTAINERS_STORAGE_CONF=$PWD/$work/storage.conf
}

make_base() {
    local mirror container
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    if [ ! -e "$work/base/.made" ]; then
        say "make a base system from Debian's packages (about a minute)"
        rm -rf "$work/base"
        debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
            bookworm "$work/base" "$mirror" >"$work/debootstrap.log"
        rm -rf "$work/base/var/cache/apt/archives/"*.deb "$work/base/var/lib/apt/lists/"*
        touch "$work/base/.made"
    fi
    say "store the base as an image"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$work/base" / >/dev/null
    buildah commit --quiet "$container" "$base" >/dev/null
    buildah rm "$container" >/dev/null
}

# Have the base image: the one that BASE names, or Debian's.
have_base() {
    need buildah buildah
    need debootstrap debootstrap
    store
    [ -n "${BASE:-}" ] || buildah inspect --type image "$base" >/dev/null 2>&1 || make_base
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

# Build an image: build TAG CONTAINERFILE
build() {
    local log=$work/build-${1##*/}.log volumes
    mapfile -t volumes < <(pip_volumes)
    say "build $1 (its output: $log)"
    : >"$log"
    buildah build --layers --isolation chroot --network host --format docker --build-arg BASE="$base" \
        "${volumes[@]}" --tag "$1" --file "$2" . 2>&1 | told "$log" ||
        { tail -n 40 "$log" >&2; exit 1; }
}

# Mount an image and walk through it: walk TAG SCRIPT
walk() {
    local root
    say "walk through $1"
    container=$(buildah from "$1")
    root=$(buildah mount "$container")
    trap 'buildah umount "$container" >/dev/null; buildah rm "$container" >/dev/null' EXIT
    buildah inspect --type image "$1" >"$work/image.json"
    "$python" "$2" --root "$root" --image "$work/image.json"
}
