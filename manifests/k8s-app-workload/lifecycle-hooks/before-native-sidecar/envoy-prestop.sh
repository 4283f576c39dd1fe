#!/bin/bash
# preStop of the container "envoy" where it is not a native sidecar: hold back Envoy's
# SIGTERM until the app is gone. The drain itself is the app's hook.
#
# bash, because the Envoy image has no curl, and bash can open TCP connections itself.

app_port=${APP_PORT:-8000}
admin_port=${ENVOY_ADMIN_PORT:-9901}
limit=${HOLD_MAX_SECONDS:-55}

log() {
  { printf '[Kubernetes PreStop] Envoy: %s\n' "$*" >>/proc/1/fd/1; } 2>/dev/null ||
    printf '[Kubernetes PreStop] Envoy: %s\n' "$*"
}

app_listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$app_port") 2>/dev/null
}

# Requests in flight. The app closes its port first and finishes them after that.
active_requests() (
  exec 3<>"/dev/tcp/127.0.0.1/$admin_port" || exit 1
  printf 'GET /stats?filter=^http.ingress.downstream_rq_active$ HTTP/1.1\r\nHost: envoy\r\nConnection: close\r\n\r\n' >&3
  while IFS= read -r -t 2 line <&3; do
    if [[ $line =~ ^http\.ingress\.downstream_rq_active:\ ([0-9]+) ]]; then
      echo "${BASH_REMATCH[1]}"
      exit 0
    fi
  done
  exit 1
) 2>/dev/null

log "waiting for the app to finish first"
while app_listens; do
  if ((SECONDS >= limit)); then
    log "WARNING: the app still listens after ${limit}s"
    exit 0
  fi
  sleep 1
done

while count=$(active_requests) && ((count > 0 && SECONDS < limit)); do
  log "app port closed, requests in flight: $count"
  sleep 1
done
log "the app is done after ${SECONDS}s"
