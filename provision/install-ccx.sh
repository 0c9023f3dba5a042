#!/bin/sh
# Installs CalculiX where there is no ccx, as root; else says how. Debian 13 has left it out: there Debian 14's is put into
# /usr/local, since its package asks for an Open MPI newer than Debian 13's. Apt's sources stay as they are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if command -v ccx >/dev/null; then exit 0; fi
if ! grep -qx 'VERSION_CODENAME=trixie' /etc/os-release; then exec "$here/install-debian.sh" calculix-ccx; fi
if [ "$(id -u)" != 0 ]; then
  echo "Missing CalculiX, which Debian 13 has left out. To install Debian 14's: sudo $here/install-ccx.sh" >&2
  exit 1
fi
echo "Installing CalculiX of Debian 14 into /usr/local, since Debian 13 has none" >&2
"$here/install-debian.sh" libarpack2t64 libblas3 libgfortran5 liblapack3 libopenmpi40
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian forky main' >"$folder/sources.list"
mkdir "$folder/lists" "$folder/cache"
chown -R _apt "$folder" # apt-get fetches as that account
cd "$folder"
next() {
  apt-get -qq -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" "$@" >/dev/null
}
next update
next download calculix-ccx libspooles2.2t64
for package in *.deb; do dpkg-deb --extract "$package" all; done
install -m 644 all/usr/lib/*/libspooles.so.2.2 /usr/local/lib/
ldconfig
install -m 755 all/usr/bin/ccx /usr/local/bin/
