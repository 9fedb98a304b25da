#!/usr/bin/env bash
# Runs every test. As root on Debian it installs the servers and npm, which the tests need; elsewhere it says what is missing and those tests are skipped.
# Usage: ./test.sh [arguments for dotnet test]      The last line is: N passed, N failed, N skipped
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
export UseSharedCompilation=true MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
  echo "The .NET SDK 10 is not on the PATH (dotnet --list-sdks shows none). Install it from https://dotnet.microsoft.com/download, then run ./test.sh again." >&2
  exit 2
fi

missing_packages() {
  command -v redis-server >/dev/null || echo redis-server
  command -v curl >/dev/null || echo curl
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || echo rabbitmq-server
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || echo nginx
  command -v npm >/dev/null || echo npm
}

# Installs Debian's packages without starting the servers among them: the tests start their own, on free ports, in folders of their own.
install_packages() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# All at once; where that is refused, one by one: a package that clashes, such as npm with a Node.js from elsewhere, must not keep the others away.
install_all() {
  local policy=/usr/sbin/policy-rc.d made= package
  if [ ! -e "$policy" ]; then
    # Also where the run is broken off: left behind, it would keep the machine's own servers from starting.
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=1
  fi
  apt-get update -qq || echo "The package lists could not be updated; trying with the old ones."
  install_packages "$@" ||
    for package in "$@"; do
      install_packages "$package" || echo "$package could not be installed; tests that need it use Docker if an engine answers, else they are skipped."
    done
  [ -n "$made" ] && rm -f "$policy" && trap - EXIT
}

missing=$(missing_packages | tr '\n' ' ')
if [ -n "${missing// /}" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing: $missing"
    # shellcheck disable=SC2086
    install_all $missing
  else
    echo "Not installed: $missing"
    echo "To run every test (on Debian):  sudo apt-get update && sudo apt-get install -y --no-install-recommends $missing"
    echo "Without them the tests use Docker if an engine answers, else they are skipped."
  fi
fi

# The log lives outside the results folder's own files, so that a run that dies early still leaves its words behind.
mkdir -p test-results
log=test-results/test.log
: >"$log"

dotnet build GrokForge.sln -c Release --nologo -v quiet -clp:NoSummary 2>&1 | tee -a "$log"
rc=${PIPESTATUS[0]}
if [ "$rc" = 0 ]; then
  # A test that hangs ends the run after 25 minutes. One project after the other: the end-to-end tests start nine services and want the machine for themselves.
  limit=()
  command -v timeout >/dev/null && limit=(timeout -k 30 1500)
  ${limit[@]+"${limit[@]}"} dotnet test --solution GrokForge.sln -c Release --no-build --no-progress --max-parallel-test-modules 1 "$@" 2>&1 | tee -a "$log"
  rc=${PIPESTATUS[0]}
fi

counts=$(awk '/^Test run summary:/{s=1} s&&$1=="failed:"{f=$2} s&&$1=="succeeded:"{p=$2} s&&$1=="skipped:"{k=$2} END{printf "%d passed, %d failed, %d skipped\n",p,f,k}' "$log")
case "$counts" in
  "0 passed, 0 failed,"*) [ "$rc" = 0 ] && rc=8 ;;
esac
# A run that broke before its summary has failed even where no test did.
[ "$rc" != 0 ] && counts=${counts/, 0 failed,/, 1 failed,}
echo "$counts"
exit "$rc"
