#!/bin/sh
# Makes a release in build/release: the files, the wheels of what they run on, and its name. A host installs it
# without the internet. PYTHON must be of the version that the host has (Debian 12: 3.11). With LDAP=1 also what [ldap] needs,
# which is built here and asks for the libraries of this machine's distribution.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
out=build/release
rm -rf "$out/wheels"
mkdir -p "$out/wheels"

# Names in one order and no times, so that the same files give the same release.
find manage.py uwsgi.ini requirements.txt pyproject.toml README.md LICENSE pdfjobs watcher workers -type f \
  ! -path '*/tests/*' ! -path '*/__pycache__/*' ! -path '*/node_modules/*' -print0 >"$out/files"
find pdfjobs/assets/node_modules/uplot/dist -type f -print0 >>"$out/files"
set -- --requirement requirements.txt
if [ -n "${LDAP:-}" ]; then
  printf 'provision/requirements-ldap.txt\0' >>"$out/files" # the host looks for it
  set -- "$@" --requirement provision/requirements-ldap.txt
fi
tar --create --null --files-from="$out/files" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
  --mode=u=rwX,go=rX | gzip --no-name >"$out/pdfjobs.tar.gz"
day=$(git log -1 --format=%cd --date=format:%Y%m%d 2>/dev/null || echo undated)

"$PYTHON" -m pip wheel --quiet --disable-pip-version-check --no-deps "$@" --wheel-dir "$out/wheels"
tar --create --sort=name --mtime=@0 --owner=0 --group=0 --file="$out/wheels.tar" -C "$out" wheels
digest=$(sha256sum "$out/pdfjobs.tar.gz" | cut -c1-12)
printf '%s-%s' "$day" "$digest" >"$out/VERSION"
rm "$out/files"
echo "$out: release $(cat "$out/VERSION")${LDAP:+, with LDAP}"
