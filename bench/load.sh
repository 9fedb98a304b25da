#!/usr/bin/env bash
# Publishes everything (ReadyToRun) and measures chats under load against a mock upstream: direct, through plain YARP, through GrokForge in one process and in several.
# Results: bench/results/load-<day>.json and .md. Usage: bench/load.sh [--rounds=6] [--seconds=0.7] [--held=2000] [--against=FOLDER] [--targets=direct,yarp,allinone-xai] [--phases=whole-32,streams-256]
# Needs a quiet machine; the separate processes need postgresql, redis-server and rabbitmq-server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ulimit -n "$(ulimit -Hn)"

publish() {
  dotnet publish "$1" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -o "artifacts/load/$2" -v quiet -clp:NoSummary
}
publish bench/Load Load
publish services/AllInOne AllInOne
publish services/TokenPool TokenPool
publish services/Upstream Upstream
publish services/Gateway Gateway
publish admin Admin
exec artifacts/load/Load/GrokForge.LoadBench "$@"
