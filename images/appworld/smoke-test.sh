#!/bin/sh
# Whether an image of AppWorld's worker works: images/appworld/smoke-test.sh [IMAGE] [IMAGE OF THE SERVER]
# A worker as anybody may run it, as the user 10001 and without a capability, dials into a server of the other image and
# every task of its own small set is played. Both containers have no network but one loopback, and none is left at the end.
set -eu
folder=$(dirname "$0")
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$folder/../../package.json")
image=${1:-stepwell-appworld:$version}
server_image=${2:-stepwell:$version}
token=of-a-smoke-test
server= worker=
trap 'for each in $worker $server; do docker rm --force "$each" >/dev/null; done' EXIT
run() { docker run --detach --read-only --cap-drop ALL --security-opt no-new-privileges --env STEPWELL_WORKER_TOKEN=$token "$@"; }

server=$(run --network none --env STEPWELL_HOST=127.0.0.1 "$server_image" serve --env appworld --launcher dial-in)
# A worker dials once.
until docker exec "$server" stepwell health >/dev/null 2>&1; do
  [ "$(docker inspect --format '{{.State.Running}}' "$server")" = true ] || { docker logs "$server" >&2; exit 1; }
  sleep 0.5
done
worker=$(run --network "container:$server" --tmpfs /tmp --env STEPWELL_WORKER_URL=ws://127.0.0.1:8000/v1/worker "$image")
docker exec --interactive "$worker" /opt/appworld/bin/python - <"$folder/tests/smoke.py" || { docker logs "$worker" >&2; exit 1; }
health=$(docker inspect --format '{{.State.Health.Status}}' "$worker")
[ "$health" != unhealthy ] || { echo "$image: its health check says $health" >&2; exit 1; }
echo "$image works"
