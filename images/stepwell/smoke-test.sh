#!/bin/sh
# Whether an image of the server works, with nothing but a Docker engine: images/stepwell/smoke-test.sh [IMAGE]
# Its containers have no network, no writable disk and no capability. None is left at the end.
set -eu
folder=$(dirname "$0")
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$folder/../../package.json")
image=${1:-stepwell:$version}
server=
trap '[ -z "$server" ] || docker rm --force "$server" >/dev/null' EXIT
run() { docker run --network none --read-only --cap-drop ALL --security-opt no-new-privileges "$@"; }
fail() { echo "$image: $1" >&2; exit 1; }

if run --rm "$image" serve >/dev/null 2>&1; then fail "it serves everybody, without a token"; fi

server=$(run --detach --env STEPWELL_TOKEN=of-a-smoke-test "$image")
health=starting
while [ "$health" = starting ]; do
  sleep 1
  health=$(docker inspect --format '{{.State.Health.Status}}' "$server")
done
[ "$health" = healthy ] || { docker logs "$server" >&2; fail "its health check says $health"; }
docker exec "$server" stepwell health --ready
docker stop "$server" >/dev/null
code=$(docker inspect --format '{{.State.ExitCode}}' "$server")
[ "$code" = 0 ] || fail "its server ended with code $code after SIGTERM"

run --rm "$image" demo bfcl
echo "$image works"
