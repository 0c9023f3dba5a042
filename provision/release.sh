#!/bin/sh
# Makes a release in build/release: the files, the wheels of what they run on, its name, and which hosts it fits. A host installs it
# without the internet. The wheels are for the Python that gathers them: PYTHON, or with SUITE=trixie the one of that suite
# (suite.sh). With LDAP=1 also what [ldap] needs, which is built and asks for the libraries of that distribution.
set -eu
cd "$(dirname "$0")/.."
out=build/release
rm -rf "$out/wheels" "$out/MADE_FOR"
mkdir -p "$out/wheels"

own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
if [ "${SUITE:-$own}" = "$own" ]; then
  # shellcheck disable=SC2086
  [ -z "${LDAP:-}" ] || provision/install-debian.sh ${LDAP_BUILD:-}
  python() { "${PYTHON:-.venv/bin/python}" "$@"; }
else
  python() { provision/suite.sh "$SUITE" python3 "$@"; }
fi

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

python -m pip wheel --quiet --disable-pip-version-check --no-deps "$@" --wheel-dir "$out/wheels"
tar --create --sort=name --mtime=@0 --owner=0 --group=0 --file="$out/wheels.tar" -C "$out" wheels
digest=$(sha256sum "$out/pdfjobs.tar.gz" | cut -c1-12)
printf '%s-%s' "$day" "$digest" >"$out/VERSION"
fits=$(python provision/roles/release/files/made_for.py)
# Without LDAP nothing in it is of one distribution.
[ -n "${LDAP:-}" ] || fits=${fits%%,*}
printf '%s' "$fits" >"$out/MADE_FOR"
rm "$out/files"
echo "$out: release $(cat "$out/VERSION")${LDAP:+ with LDAP}, for $fits"
