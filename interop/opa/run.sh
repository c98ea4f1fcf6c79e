#!/usr/bin/env bash
# A real Open Policy Agent compiles our Rego to WebAssembly and serves the same by REST: both agree with each other, and with
# policies of ours that say the same; an agent that is killed is a denial.
# OPA may name the program; otherwise the one in the path is taken, or one is built by Go, once, and kept in the cache.
source "$(dirname "$0")/../begin.sh"
version=v1.22.3
cache="${XDG_CACHE_HOME:-$HOME/.cache}/tulle-interop/opa-$version"

opa=${OPA:-$(command -v opa || true)}
[ -n "$opa" ] || opa="$cache/opa"
if [ ! -x "$opa" ]; then
  command -v go >/dev/null || skip 'there is neither OPA nor Go on this machine'
  mkdir -p "$cache/new"
  # Some minutes of two processors.
  GOBIN="$cache/new" timeout 900 go install "github.com/open-policy-agent/opa@$version" >"$work/log" 2>&1 || skip 'OPA could not be built'
  mv "$cache/new/opa" "$opa"
fi
"$opa" version >"$work/log" 2>&1 || skip 'this OPA does not run'
"$node" "$here/check.ts" "$opa" 2>&1
