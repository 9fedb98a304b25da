#!/usr/bin/env bash
# Publishes AllInOne and measures, over several starts on a database that exists: milliseconds, and processor milliseconds, to the first 200 on /v1/models,
# and the resident memory of the idle process: its own (anon), mapped files (file; shared with other processes of the same files) and code made at run time (shmem).
# Usage: bench/start.sh [rounds, default 7]      Needs curl, and a quiet machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-7} port=${PORT:-18999}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

dotnet publish services/AllInOne -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -o "$folder/app" -v quiet -clp:NoSummary
printf '[app]\nport = %s\ndata_dir = "%s/data"\n' "$port" "$folder" >"$folder/config.toml"
grokforge="$folder/app/grokforge"
key=$("$grokforge" key create --name bench --config "$folder/config.toml" | tail -n 1)

for ((round = 0; round <= rounds; round++)); do
  begin=$(date +%s%N)
  "$grokforge" --config "$folder/config.toml" >"$folder/out.log" 2>&1 &
  pid=$!
  until [ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $key" "http://127.0.0.1:$port/v1/models")" = 200 ]; do
    kill -0 "$pid" 2>/dev/null || { cat "$folder/out.log"; exit 1; }
    sleep 0.01
  done
  ms=$((($(date +%s%N) - begin) / 1000000))
  cpu=$(awk -v hz="$(getconf CLK_TCK)" '{print int(($14 + $15) * 1000 / hz)}' "/proc/$pid/stat")
  sleep 5
  kb=$(awk '/^VmRSS/{r=$2} /^RssAnon/{a=$2} /^RssFile/{f=$2} /^RssShmem/{s=$2} END{print r, a, f, s}' "/proc/$pid/status")
  kill "$pid"
  wait "$pid" || true
  # The first start prepares the database and is not counted.
  [ "$round" = 0 ] || echo "$ms $cpu $kb"
done | sort -n | awk '
  {ms[NR]=$1; cpu+=$2; rss+=$3; anon+=$4; file+=$5; shmem+=$6}
  END {
    printf "starts: %d   first 200 (median): %d ms   fastest: %d ms   slowest: %d ms   processor time (mean): %.0f ms\n", NR, ms[int((NR+1)/2)], ms[1], ms[NR], cpu/NR
    printf "idle resident memory (mean): %.0f MB = anon %.0f + file %.0f + shmem %.0f\n", rss/NR/1024, anon/NR/1024, file/NR/1024, shmem/NR/1024
  }'
