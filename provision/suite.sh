#!/bin/sh
# suite.sh SUITE COMMAND…: runs a command in a system of that suite (trixie, bookworm), in which this checkout lies where it lies
# here. root has debootstrap make it once, with what wheels are built by, in build/suites/SUITE. MIRROR says where its
# packages come from. The name server, certificates, /etc/pip.conf and environment are those of this machine.
set -eu
suite=$1
shift
here=$(cd "$(dirname "$0")/.." && pwd)
root=$here/build/suites/$suite
if [ "$(id -u)" != 0 ]; then
  echo "Only root makes and enters a system of $suite: sudo make …, or make the release on a machine that has $suite." >&2
  exit 1
fi
if [ ! -e "$root/.made" ]; then
  "$here/provision/install-debian.sh" debootstrap
  echo "Making a system of $suite in $root" >&2
  rm -rf "$root"
  mkdir -p "$root"
  debootstrap --variant=minbase --include="$(echo python3-pip ca-certificates ${LDAP_BUILD:-} | tr ' ' ',')" \
    "$suite" "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1 || {
    tail -n 20 "$root.log" >&2
    exit 1
  }
  touch "$root/.made"
fi
mkdir -p "$root$here"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
rm -f "$root/etc/pip.conf"
[ ! -e /etc/pip.conf ] || cp -L /etc/pip.conf "$root/etc/"
# Mounted for this command alone, so that nothing is left of it however it ends.
# shellcheck disable=SC2016
exec unshare --mount sh -euc '
  root=$1 here=$2
  shift 2
  mount --rbind /dev "$root/dev"
  mount --rbind /proc "$root/proc"
  mount --bind /etc/ssl/certs "$root/etc/ssl/certs"
  mount --bind "$here" "$root$here"
  exec chroot "$root" /usr/bin/env --chdir="$here" "$@"
' sh "$root" "$here" "$@"
