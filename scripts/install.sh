#!/bin/sh
# Puts the executable of a release on this machine, for this user.
#
#   install.sh [--from URL_OR_FOLDER] [--to FOLDER]
#
# It takes the archive for this system, checks it against SHA256SUMS, and says
# where it put the executable. Nothing else is changed; it needs no root.
set -eu

# The release workflow fills this in.
from="@RELEASES@"
to="${HOME:-}/.local/bin"

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case "$1" in
    --from | --to) [ $# -ge 2 ] || fail "Cannot use $1: expected a value after it" ;;
  esac
  case "$1" in
    --from) from=$2 && shift 2 ;;
    --to) to=$2 && shift 2 ;;
    *) fail "Cannot use \"$1\": expected --from or --to" ;;
  esac
done
case "$from" in
  @*) fail "Cannot tell where the release is: pass --from URL_OR_FOLDER" ;;
esac

# The name that the archive has for this system.
target() {
  case "$(uname -m)" in
    x86_64 | amd64) cpu=x86_64 ;;
    aarch64 | arm64) cpu=aarch64 ;;
    *) fail "There is no executable for $(uname -m): run Codaze with Deno, see README.md" ;;
  esac
  case "$(uname -s)" in
    Darwin) echo "$cpu-apple-darwin" ;;
    Linux)
      if is_musl; then
        fail "The executable needs glibc, and this system has musl, as Alpine does: run Codaze with Deno (apk add deno), see README.md"
      fi
      echo "$cpu-unknown-linux-gnu"
      ;;
    *) fail "There is no executable for $(uname -s) that this script can install: see README.md" ;;
  esac
}

is_musl() {
  ldd --version 2>&1 | grep -qi musl
}

# fetch NAME FILE
fetch() {
  case "$from" in
    http://* | https://* | file://*)
      if command -v curl >/dev/null 2>&1; then
        curl -fsSL "$from/$1" -o "$2"
      elif command -v wget >/dev/null 2>&1; then
        wget -q "$from/$1" -O "$2"
      else
        fail "Cannot download: install curl or wget"
      fi
      ;;
    *) cp "$from/$1" "$2" ;;
  esac || fail "Cannot get $from/$1"
}

# The SHA-256 of a file, by what this system has.
sum() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1"
  else
    openssl dgst -sha256 -r "$1"
  fi | cut -d ' ' -f 1
}

name="codaze-$(target).tar.gz"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch SHA256SUMS "$work/SHA256SUMS"
fetch "$name" "$work/$name"
expected=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$name\$/\1/p" "$work/SHA256SUMS")
[ -n "$expected" ] || fail "SHA256SUMS has no line for $name"
actual=$(sum "$work/$name")
if [ "$actual" != "$expected" ]; then
  fail "$name is not what was released: its SHA-256 is $actual, expected $expected"
fi

tar -xzf "$work/$name" -C "$work" codaze || fail "$name has no codaze in it"
mkdir -p "$to" 2>/dev/null || fail "Cannot write to $to: pass --to FOLDER"
# Next to its place first, so that a running one is replaced at once.
cp "$work/codaze" "$to/.codaze.$$" 2>/dev/null ||
  fail "Cannot write to $to: pass --to FOLDER"
chmod 755 "$to/.codaze.$$"
mv -f "$to/.codaze.$$" "$to/codaze" || fail "Cannot replace $to/codaze"
printf 'Installed: %s\n' "$to/codaze"
case ":$PATH:" in
  *":$to:"*) printf 'Next: codaze setup\n' ;;
  *) printf 'It is not on your PATH yet. Next: %s setup\n' "$to/codaze" ;;
esac
