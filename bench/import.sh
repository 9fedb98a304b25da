#!/usr/bin/env bash
# Publishes AllInOne (ReadyToRun) and imports a file of new tokens into it: seconds for all, and how far the resident memory rises above the idle process.
# Each round begins with an empty database. Usage: bench/import.sh [lines, default 100000] [rounds, default 3]
# APP=folder measures what is published there already. Needs curl and python3, and a quiet machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
lines=${1:-100000} rounds=${2:-3} port=${PORT:-18998}
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT

app=${APP:-$folder/app}
[ -n "${APP:-}" ] || dotnet publish services/AllInOne -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -o "$app" -v quiet -clp:NoSummary
python3 - "$lines" >"$folder/tokens.txt" <<'PY'
import base64, os, sys
part = lambda size: base64.urlsafe_b64encode(os.urandom(size)).decode().rstrip("=")
for _ in range(int(sys.argv[1])):
    print(f"sso={part(27)}.{part(60)}.{part(32)}")
PY

memory() { awk -v field="$1:" '$1 == field {print int($2 / 1024)}' "/proc/$pid/status"; }
for ((round = 1; round <= rounds; round++)); do
  rm -rf "$folder/data"
  # No tokens are asked about: there is no upstream here.
  printf '[app]\nport = %s\ndata_dir = "%s/data"\napp_key = "import-bench"\n[token]\nrefresh_after_import = 0\n' "$port" "$folder" >"$folder/config.toml"
  "$app/grokforge" --config "$folder/config.toml" >"$folder/out.log" 2>&1 &
  pid=$!
  until [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/ready")" = 200 ]; do
    kill -0 "$pid" 2>/dev/null || { cat "$folder/out.log"; exit 1; }
    sleep 0.1
  done
  sleep 5
  idle=$(memory VmRSS)
  # From here on the highest is counted.
  echo 5 >"/proc/$pid/clear_refs"
  cpu() { awk -v hz="$(getconf CLK_TCK)" '{printf "%.1f", ($14 + $15) / hz}' "/proc/$pid/stat"; }
  before=$(cpu)
  seconds=$(curl -sS -o "$folder/answer.json" -w '%{time_total}' -H 'Authorization: Bearer import-bench' -T "$folder/tokens.txt" -X POST "http://127.0.0.1:$port/admin/tokens/import?pool=basic")
  after=$(cpu)
  most=$(memory VmHWM)
  added=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["added"])' "$folder/answer.json")
  [ "$added" = "$lines" ] || { echo "Only $added of $lines tokens were added."; tail -n 5 "$folder/out.log"; exit 1; }
  echo "round $round: $added tokens in $seconds s   processor: $(awk "BEGIN{print $after - $before}") s   idle: $idle MB   highest: $most MB (+$((most - idle)))"
  kill "$pid"
  wait "$pid" || true
  pid=
done
