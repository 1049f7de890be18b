#!/bin/sh
# Make the folder of a Redis from a back-up: restore.sh BACKUP.rdb FOLDER
#
# A Redis that keeps an append-only file reads nothing else when it starts, and would begin empty beside the back-up. So
# one that keeps none reads the back-up here, begins such a file, and ends. Nothing else may run on the folder.
set -eu
backup=$1
folder=$2
unset REDISCLI_AUTH

# The second is where a Redis before 7 writes.
for there in "$folder/appendonlydir" "$folder/appendonly.aof" "$folder/dump.rdb"; do
    if [ -e "$there" ]; then
        echo "$there is there: move it away first, nothing is overwritten" >&2
        exit 1
    fi
done
[ -d "$folder" ] || mkdir -m 0750 "$folder"
beside=$(mktemp -d)
socket=$beside/restore.sock
ask() { redis-cli -s "$socket" "$@"; }

cp "$backup" "$folder/dump.rdb"
redis-server --port 0 --unixsocket "$socket" --dir "$folder" --dbfilename dump.rdb --appendonly no --save "" \
    --loglevel warning >&2 &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$folder/dump.rdb" "$beside"' EXIT
until ask ping 2>/dev/null | grep -q PONG; do
    kill -0 $server # it ends when it cannot read the back-up
    sleep 0.2
done
keys=$(ask dbsize)
ask config set appendonly yes >/dev/null
while ask info persistence | grep -Eq 'aof_rewrite_(in_progress|scheduled):1'; do sleep 0.2; done
ask info persistence | grep -q 'aof_last_bgrewrite_status:ok'
ask shutdown
wait $server
echo "$keys keys are in $folder"
