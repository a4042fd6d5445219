#!/bin/sh
# Builds the program into an environment of its own:  deploy/build.sh TARGET
# What it needs comes as wheels, each with the hash that requirements/ names. The source tree stays as it is.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
target=$1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

mkdir "$build/source"
for name in pyproject.toml README.md LICENSE requirements bot handlers locales model px6 services storage; do
  cp -R "$source/$name" "$build/source/"
done

python3 -m venv "$build/env"
pip="$build/env/bin/pip --disable-pip-version-check -qq"
$pip install --require-hashes --only-binary :all: -r "$source/requirements/build.txt"
$pip wheel --no-deps --no-build-isolation --wheel-dir "$build" "$build/source"

python3 -m venv --without-pip "$target"
$pip --python "$target/bin/python" install --require-hashes --only-binary :all: -r "$source/requirements/main.txt"
$pip --python "$target/bin/python" install --no-deps --no-index "$build"/px6_bot-*.whl
"$target/bin/px6-bot" --version
