#!/bin/bash
# Fetches Oracle's MySQL server and client programs into .servers/mysql, for
# `make test-matrix`. Debian's stable releases have only MariaDB; its unstable
# distribution has MySQL, but built for newer libraries. So the packages and
# everything they need are unpacked, not installed, and package dbservers runs
# mysqld with the dynamic loader that was unpacked beside it. apt gets state
# folders of its own: the machine's package database is not touched, and root
# is not needed. About 75 MB, and 340 MB for one plugin out of the test suite.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
target=$repository/.servers/mysql

say() { echo "install: $*" >&2; }

if [ -x "$target/usr/sbin/mysqld" ] && [ -x "$target/usr/bin/mysql" ]; then
	echo mysql
	exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null ||
	[ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
	say "MySQL is fetched from Debian, and this is another system. Install it by"
	say "other means and name it: RDSTLS_MYSQL=FOLDER/mysqld"
	exit 1
fi

mkdir -p "$repository/.servers"
work=$(mktemp -d "$repository/.servers/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{root,state/lists/partial,cache/archives/partial}

# The mirror is the one that this machine uses for its own distribution.
mirror=$(apt-get indextargets --format '$(SITE)' | grep -m1 '/debian/*$' || true)
if [ -z "$mirror" ]; then
	say "no Debian mirror is configured on this machine"
	exit 1
fi
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$work/sources.list"

# An empty status file means that nothing is installed: apt resolves the whole
# closure, the C library included.
: >"$work/status"
apt() {
	apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State="$work/state" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" \
		-o APT::Install-Recommends=false -o APT::Sandbox::User= "$@" </dev/null
}

say "fetching MySQL from Debian's unstable distribution"
apt update
apt -y --download-only install mysql-server-core mysql-client-core >"$work/log" || { cat "$work/log" >&2; exit 1; }
for package in "$work"/cache/archives/*.deb; do
	dpkg-deb -x "$package" "$work/root"
done
rm "$work"/cache/archives/*.deb

# auth_test_plugin.so asks the client for a clear password, as RDS does for IAM
# tokens. Only the test suite carries it.
(cd "$work" && apt download mysql-testsuite)
dpkg-deb --fsys-tarfile "$work"/mysql-testsuite_*.deb |
	tar -xf - --no-same-owner -C "$work/root" ./usr/lib/mysql/plugin/auth_test_plugin.so

chmod -R a+rX "$work/root"
rm -rf "$target"
mv "$work/root" "$target"
echo mysql
