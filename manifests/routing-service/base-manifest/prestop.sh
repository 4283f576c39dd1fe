#!/bin/bash
# preStop of the edge. Every change of its configuration replaces the edge's pod, also in
# the middle of an experiment, and that must not lose a request either: tell the clients
# to reconnect, and stay until they have.
#
# bash, because the Envoy image has no curl, and bash can open TCP connections itself.

admin_port=${ENVOY_ADMIN_PORT:-9901}
pause=${DRAIN_PAUSE_SECONDS:-2}
limit=${DRAIN_MAX_SECONDS:-35}

log() {
  { printf '[Kubernetes PreStop] Edge: %s\n' "$*" >>/proc/1/fd/1; } 2>/dev/null ||
    printf '[Kubernetes PreStop] Edge: %s\n' "$*"
}

# admin METHOD PATH: prints the answer, head included.
admin() (
  exec 3<>"/dev/tcp/127.0.0.1/$admin_port" || exit 1
  printf '%s %s HTTP/1.1\r\nHost: envoy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1" "$2" >&3
  while IFS= read -r -t 2 line <&3; do
    printf '%s\n' "$line"
  done
) 2>/dev/null

# Prints the number; fails when Envoy gives none. The admin port counts apart (http.admin.*).
active_connections() {
  [[ $(admin GET '/stats?filter=^http.edge.downstream_cx_active$') =~ http\.edge\.downstream_cx_active:\ ([0-9]+) ]] || return 1
  echo "${BASH_REMATCH[1]}"
}

log "signaling the clients to reconnect"
[[ $(admin POST /healthcheck/fail) == "HTTP/1.1 200"* ]] || log "WARNING: Envoy did not take the signal"
sleep "$pause"

zeros=0
while ((SECONDS < limit)); do
  if ! count=$(active_connections); then
    log "WARNING: Envoy does not answer"
    exit 0
  fi
  if ((count == 0)); then zeros=$((zeros + 1)); else zeros=0; fi
  if ((zeros >= 3)); then
    log "all connections drained after ${SECONDS}s"
    exit 0
  fi
  sleep 1
done
# What is left is idle: any connection with a request in this time has been told to close.
log "limit of ${limit}s reached, connections left: $count"
