# Shared by the scripts beside it, which source it: the project's root, and what has to be installed.
# shellcheck shell=bash

root="$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bin="$root/node_modules/.bin"

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Prints the comment at the top of the calling script, and exits.
print_help() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$0"
  exit 0
}

installed() {
  [ -x "$bin/node" ] || return 1
  [ "$(cat "$root/node_modules/.installed" 2>/dev/null)" = "$(cksum <"$root/package-lock.json")" ] && return 0
  # Somebody ran npm install by hand.
  [ "$root/node_modules/.package-lock.json" -nt "$root/package-lock.json" ]
}

# Installs what package-lock.json names, unless that was done before. This includes the project's own Node 24. The
# machine's node only has to be able to run npm.
ensure_installed() {
  installed && return 0
  command -v node >/dev/null || die 'node is missing: install Node.js 20 or newer, which brings npm (https://nodejs.org)'
  local version
  version="$(node --version)"
  [ "$(printf '%s' "$version" | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ] ||
    die "node $version is too old: install Node.js 20 or newer (https://nodejs.org)"
  command -v npm >/dev/null || die 'npm is missing: install it, it usually comes with Node.js (https://nodejs.org)'
  # Goes to standard error, because standard output belongs to the program that runs next.
  printf 'installing packages (npm ci, once)…\n' >&2
  (cd "$root" && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >&2) ||
    die 'npm ci failed: see above, then start this again'
  "$bin/node" --version >/dev/null 2>&1 ||
    die 'node_modules/.bin/node does not run: if npm is set to ignore install scripts, run npm ci --ignore-scripts=false'
  cksum <"$root/package-lock.json" >"$root/node_modules/.installed"
}
