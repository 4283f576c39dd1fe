#!/bin/sh
# An ingress controller in small: follows the EndpointSlices of a Service, and tells nginx of each change DELAY_MS after
# it was seen. Needs sh, curl, sed and GNU date; IPv4 only.
#
# Reads   NAMESPACE, SERVICE, TARGET_PORT, DELAY_MS
# Writes  /tmp/upstreams.conf
set -u

account=/var/run/secrets/kubernetes.io/serviceaccount
slices=https://kubernetes.default.svc/apis/discovery.k8s.io/v1/namespaces/$NAMESPACE/endpointslices
configuration=/ingress/nginx.conf

log() { printf '%s %s\n' "$(date +%T.%3N)" "$*"; }

now() { date +%s%3N; }

# The token is read each time: the kubelet renews it.
ask() {
  curl -sSfN --cacert "$account/ca.crt" -H "Authorization: Bearer $(cat "$account/token")" \
    "$slices?labelSelector=kubernetes.io/service-name%3D$SERVICE&$1"
}

# The addresses of the endpoints that are ready, sorted, with commas between. One endpoint a line, without white space,
# is all the JSON that has to be understood. Fails when the API server does not answer.
ready_addresses() {
  answer=$(ask "pretty=false") || return 1
  printf '%s' "$answer" | tr -d '[:space:]' | sed 's/"addresses":\["/\n/g' |
    sed -n '1d; s/^\([0-9.]*\)".*"ready":true.*/\1/p' | sort | tr '\n' ','
}

# nginx refuses an upstream without a server; one that is down answers 502.
write_upstreams() {
  {
    echo 'upstream app {'
    [ -n "$1" ] || echo '  server 127.0.0.1:9 down;'
    printf '%s' "$1" | tr ',' '\n' | sed "s/.*/  server &:$TARGET_PORT max_fails=0;/"
    echo '}'
  } >/tmp/upstreams.new && mv /tmp/upstreams.new /tmp/upstreams.conf
}

# Prints "WHEN ADDRESSES" for each change. A watch begins with what there is; it ends now and then, and begins anew.
changes() {
  known=$1
  while :; do
    ask "watch=true" | while read -r _; do
      if addresses=$(ready_addresses); then echo "$(now) $addresses"; fi
    done
    sleep 1
  done | while read -r seen addresses; do
    [ "$addresses" = "$known" ] || echo "$seen $addresses"
    known=$addresses
  done
}

# Each change waits for its own time, however many there are: the ingress is late, but never later.
follow() {
  changes "$1" | while read -r seen addresses; do
    left=$((seen + DELAY_MS - $(now)))
    [ "$left" -le 0 ] || sleep "$((left / 1000)).$(printf '%03d' $((left % 1000)))"
    write_upstreams "$addresses"
    nginx -e stderr -c "$configuration" -s reload
    log "upstreams: ${addresses:-none}"
  done
}

until addresses=$(ready_addresses); do
  log "the API server does not answer"
  sleep 1
done
write_upstreams "$addresses"
log "upstreams: ${addresses:-none}"
nginx -e stderr -c "$configuration" -g 'daemon off;' &
nginx=$!
# The image's stop signal is QUIT.
trap 'kill -QUIT "$nginx"' TERM QUIT
follow "$addresses" &
# A signal ends `wait`, and not nginx.
while kill -0 "$nginx" 2>/dev/null; do wait "$nginx"; done
