#!/bin/sh
# preStop of the container "app": the app keeps serving, and gets its SIGTERM, only
# after Envoy's last client connection is gone.
#
# POSIX sh and curl. It always returns 0: a failing preStop changes nothing about the
# shutdown, and what happened is in the log.

admin=${ENVOY_ADMIN_URL:-http://envoy:9901}
# The public listener's connections only (stat_prefix "ingress"), not the admin port's.
stat=${ENVOY_ACTIVE_STAT:-http.ingress.downstream_cx_active}
pause=${DRAIN_PAUSE_SECONDS:-2}
limit=${DRAIN_MAX_SECONDS:-45}
# A single zero may fall between two connections of a busy caller.
stable=${DRAIN_ZERO_POLLS:-3}

# A hook's own output goes nowhere; PID 1's stdout is the container's log. Appending,
# because ">" would empty the log where it is a plain file.
log() {
  { printf '[Kubernetes PreStop] %s\n' "$*" >>/proc/1/fd/1; } 2>/dev/null ||
    printf '[Kubernetes PreStop] %s\n' "$*"
}

elapsed() {
  echo $(($(date +%s) - began))
}

# Prints the number; fails when Envoy gives none.
active_connections() {
  answer=$(curl -fsS -G --max-time 2 --data-urlencode "filter=^$stat\$" "$admin/stats" 2>/dev/null) || return 1
  number=${answer##*: }
  case $number in
    '' | *[!0-9]*) return 1 ;;
  esac
  echo "$number"
}

began=$(date +%s)
log "START: Drain Sequence initiated"

log "Signaling Envoy to Close Connections..."
curl -fsS -o /dev/null --max-time 2 --retry 2 --retry-connrefused -X POST "$admin/healthcheck/fail" 2>/dev/null ||
  log "WARNING: Envoy did not take the signal"

# New connections still arrive until every node has heard of the deletion. They are served.
sleep "$pause"

log "Waiting for Active Connections to Drain"
zeros=0
silent=0
count=unknown
while :; do
  if count=$(active_connections); then
    silent=0
    log "Active Connections: $count"
    if [ "$count" -eq 0 ]; then zeros=$((zeros + 1)); else zeros=0; fi
  else
    count=unknown
    zeros=0
    silent=$((silent + 1))
    log "Active Connections: unknown (Envoy does not answer)"
  fi

  if [ "$zeros" -ge "$stable" ]; then
    log "All Connections Drained... Signaling App to Shutdown"
    break
  fi
  # Without Envoy there is nothing left to wait for.
  if [ "$silent" -ge 3 ]; then
    log "WARNING: Envoy is gone... Signaling App to Shutdown"
    break
  fi
  if [ "$(elapsed)" -ge "$limit" ]; then
    log "WARNING: Limit of ${limit}s reached, Active Connections: $count... Signaling App to Shutdown"
    break
  fi
  sleep 1
done

log "END: Drain Sequence finished after $(elapsed)s"
