#!/bin/bash
# Runs real-docker.lua and registry.lua against a Docker daemon of its own: Debian's docker.io, downloaded and unpacked, never installed, in a
# network namespace with a loopback only, with its data in a folder that goes away. The base image is Debian's by debootstrap.
#
#   ZDT_TEST_DOCKER=1 run.sh PROGRAM    PROGRAM  zdt-demo; ZDT_ROOT, ZDT_BUILD and ZDT_TOOLS as the launcher sets them
#
# Exits 77, and says so, without ZDT_TEST_DOCKER=1 or when no daemon can be started here.
set -euo pipefail

[[ ${ZDT_TEST_DOCKER-} == 1 ]] || { echo "skipped: ZDT_TEST_DOCKER=1 is not set (downloads 65 MB, needs root)"; exit 77; }
program=$1
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
daemon=
registries=()

leave() {
  for registry in ${registries[@]+"${registries[@]}"}; do kill "$registry" 2>/dev/null || true; wait "$registry" 2>/dev/null || true; done
  if [[ -n $daemon ]]; then kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; fi
  if mountpoint -q "$work/tree/proc"; then umount "$work/tree/proc"; fi
  rm -rf "$work"
}
trap leave EXIT

get_docker() {
  (cd "$work" && apt-get download docker.io containerd runc debootstrap docker-registry >"$work/apt.log" 2>&1)
  for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  export PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH
}

# A daemon in a network namespace of its own, so that it touches no firewall and no bridge of this machine.
start_daemon() {
  export DOCKER_HOST=unix://$work/docker.sock
  unshare --net dockerd --data-root "$work/data" --exec-root "$work/run" --pidfile "$work/pid" --host "$DOCKER_HOST" \
    --iptables=false --bridge=none --storage-driver=vfs >"$work/dockerd.log" 2>&1 &
  daemon=$!
  for ((tries = 0; tries < 300; ++tries)); do
    docker version >/dev/null 2>&1 && { nsenter --target "$daemon" --net ip link set lo up; return; }
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  echo "skipped: no Docker daemon here: $(tail -n 1 "$work/dockerd.log")"
  exit 77
}

make_base() {
  DEBOOTSTRAP_DIR=$work/root/usr/share/debootstrap "$work/root/usr/sbin/debootstrap" --variant=minbase \
    --include=ca-certificates bookworm "$work/tree" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 3 "$work/debootstrap.log"; exit 1; }
  tar -C "$work/tree" --exclude ./proc --exclude ./sys --exclude ./dev -c . | docker import - zdt-test/base:latest >/dev/null
}

get_docker
start_daemon
echo "docker $(docker version --format '{{.Server.Version}}')"
make_base
XDG_STATE_HOME=$work/state "$program" run "$here/real-docker.lua" --on rehearsal --ci --set "folder=$work"

# start_registry PORT [HTPASSWD]: Debian's docker-registry beside the daemon, on loopback; docker speaks plain HTTP with 127.0.0.0/8.
# https://distribution.github.io/distribution/about/configuration/
start_registry() {
  local auth=()
  [[ -z ${2-} ]] || auth=(REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=zdt-test REGISTRY_AUTH_HTPASSWD_PATH="$2")
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' "$work/registry-$1" "$1" >"$work/registry-$1.yml"
  env "${auth[@]}" nsenter --target "$daemon" --net docker-registry serve "$work/registry-$1.yml" >"$work/registry-$1.log" 2>&1 &
  registries+=("$!")
  for ((tries = 0; tries < 100; ++tries)); do
    # 401 is an answer, too.
    nsenter --target "$daemon" --net curl --silent --output /dev/null "http://127.0.0.1:$1/v2/" && return
    kill -0 "$!" 2>/dev/null || break
    sleep 0.1
  done
  echo "the registry did not start: $(tail -n 1 "$work/registry-$1.log")"
  exit 1
}

# The registry takes bcrypt alone.
perl -e 'print "demo:", crypt("secret", "\$2b\$05\$" . "abcdefghijklmnopqrstuu"), "\n"' >"$work/htpasswd"
start_registry 5000
start_registry 5001 "$work/htpasswd"
DOCKER_CONFIG=$work/docker-config XDG_STATE_HOME=$work/state nsenter --target "$daemon" --net \
  "$program" run "$here/registry.lua" --on rehearsal --ci --set login=demo:secret
