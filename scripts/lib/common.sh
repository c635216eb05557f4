# Sourced by the scripts: where we are, how we speak, how we become root.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
BUILD="$ROOT/build"
TOOLS="$BUILD/tools"
export PATH="$TOOLS/node/bin:$PATH"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root to run: $* (run scripts/setup as root, or install sudo)"
    fi
}

# Major version of the Node.js on PATH; 0 if there is none.
node_major() {
    local version
    version="$(node --version 2>/dev/null || true)"
    version="${version#v}"
    printf '%s' "${version%%.*}" | grep -E '^[0-9]+$' || echo 0
}
