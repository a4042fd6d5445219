#!/usr/bin/env bash
# Plays deploy/Dockerfile and deploy/compose.yaml where no container can be built:  deploy/try-without-docker.sh [ROOT]
#
# debootstrap makes a fresh root in place of the base image (Debian's Python in place of 3.13). In it run the same
# deploy/build.sh, the same user, settings, secrets, volumes, health check and signal, with the root read-only, no
# capabilities and no way to new privileges. Telegram and px6 are the stand-ins on loopback. Needs root, debootstrap,
# util-linux, curl, and an environment for the stand-ins (`make test` makes it). ROOT is kept, and used again if given.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD root=${1:-} work=$(mktemp -d)
python=$source/.venv/bin/python
[ -n "$root" ] || root=$work/root
id=10001
said() { printf 'ok   %s\n' "$*"; }
failed() { printf 'FAIL %s\n' "$*"; cat "$work/bot.log" 2>/dev/null || true; exit 1; }
cleared() {
  kill ${stand_ins:-} ${holder:-} 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleared EXIT

# --- FROM: a base with Python and nothing of this project
[ -x "$root/usr/bin/python3" ] || debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
  bookworm "$root" > "$work/debootstrap.log" || { tail -5 "$work/debootstrap.log"; exit 1; }
said "a fresh root with $(chroot "$root" /usr/bin/python3 --version)"

# --- The stage `build`: what the Dockerfile copies, in a mount namespace of its own, with this machine's way to packages
rm -rf "$root/src" "$root/opt/px6-bot"
mkdir -p "$root/src"
sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' deploy/Dockerfile | tr ' ' '\n' | while read -r name; do
  cp -R --parents "$name" "$root/src/"
done
unshare --mount --propagation private bash -s "$root" <<'END'
set -euo pipefail
root=$1
mount -t proc proc "$root/proc"
for each in /etc/resolv.conf /etc/ssl/certs /etc/pip.conf "${HOME:-/root}/.config/pip" ${PIP_FIND_LINKS:-}; do
  [ -e "$each" ] || continue
  if [ -d "$each" ]; then mkdir -p "$root$each"; else mkdir -p "$root$(dirname "$each")"; touch "$root$each"; fi
  mount --bind "$each" "$root$each"
done
chroot "$root" sh /src/deploy/build.sh /opt/px6-bot
END
said "deploy/build.sh has built $(chroot "$root" /opt/px6-bot/bin/px6-bot --version), wheels with hashes alone"
rm -rf "$root/src"

# --- The stage that runs: its user and folders
chroot "$root" sh -c "getent passwd $id > /dev/null || { groupadd --gid $id px6-bot &&
  useradd --uid $id --gid $id --no-create-home --home-dir /data --shell /usr/sbin/nologin px6-bot; }"
mkdir -p "$root/data" "$root/backups" "$root/settings" "$root/run/secrets"

# --- What compose.yaml brings: volumes and secrets; and stand-ins, which the image knows nothing of
mkdir -p "$work/data" "$work/backups" "$work/settings" "$work/secrets"
"$python" -m sandbox > "$work/stand-ins.json" & stand_ins=$!
for _ in $(seq 100); do [ -s "$work/stand-ins.json" ] && break; sleep 0.1; done
asked() { "$python" -c "import json; print(json.loads(open('$work/stand-ins.json').readline())['$1'])"; }
telegram=$(asked telegram) px6=$(asked px6) key=$(asked key)
printf '%s\n' "TELEGRAM_API_URL=$telegram" "PX6_API_URLS=$px6" > "$work/settings/.env"
asked token > "$work/secrets/bot_token"
head -c 32 /dev/urandom | basenc --base64url > "$work/secrets/encryption.key"
chown -R $id:$id "$work/data" "$work/backups" "$work/secrets"
chmod 700 "$work/data" "$work/backups" "$work/secrets"
chmod 400 "$work/secrets"/*
chmod 711 "$work"

# --- A mount namespace in which the root is read-only; what runs in it has the Dockerfile's settings and user
unshare --mount --propagation private sleep infinity & holder=$!
sleep 0.3
inside() { nsenter --target $holder --mount "$@"; }
inside bash -s "$root" "$work" <<'END'
set -euo pipefail
root=$1 work=$2
mount --bind "$root" "$root"
mount --bind "$work/data" "$root/data"
mount --bind "$work/backups" "$root/backups"
mount --bind "$work/settings" "$root/settings"
mount -o remount,bind,ro "$root/settings"
mount --bind "$work/secrets" "$root/run/secrets"
mount -o remount,bind,ro "$root/run/secrets"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/tmp"
mount -t proc -o ro proc "$root/proc"
mount -o remount,bind,ro "$root"
END
mapfile -t settings < <(sed -n 's/^ENV //p' deploy/Dockerfile)
as_image() {
  inside env -i "${settings[@]}" "$(command -v chroot)" "$root" /usr/bin/setpriv --reuid $id --regid $id --clear-groups \
    --bounding-set=-all --inh-caps=-all --no-new-privs /bin/sh -c 'cd /settings && exec "$@"' sh "$@"
}

as_image sh -c '[ "$(id -u)" = 10001 ] && ! touch /etc/x 2>/dev/null && ! touch /settings/x 2>/dev/null &&
  ! touch /opt/px6-bot/x 2>/dev/null && touch /data/x /tmp/x && rm /data/x && grep -q "^CapBnd:.0*$" /proc/self/status' \
  && said "user $id; root, program and settings read-only; /data writable; no capabilities" || failed "the walls"

begin() { as_image px6-bot run 2> "$work/bot.log" & bot=$!; }
healthy() {
  as_image python -c "$(sed -n "s/.*CMD \[\"python\", \"-c\", \"\(.*\)\"\]/\1/p" deploy/Dockerfile)" 2> /dev/null
}
wait_for() { for _ in $(seq 120); do "$@" && return; sleep 0.25; done; failed "never: $*"; }
chat() { curl -sf "$telegram/people/1001/chat"; }
says() { curl -sf -X POST "$telegram/people/1001/messages" -H 'content-type: application/json' -d "{\"text\": \"$1\"}"; }
stopped() {
  local began=$SECONDS code=0
  pkill -TERM -P $bot
  wait $bot || code=$?
  [ $code = 0 ] && [ $((SECONDS - began)) -lt 35 ] || failed "exit code $code after $((SECONDS - began)) s"
}

begin
wait_for healthy && said "the health check of the Dockerfile passes"
says "/start" > /dev/null; says "/key $key" > /dev/null
wait_for eval 'chat | grep -q "px6 account"' && said "a person connects a px6 account in the chat"
as_image px6-bot doctor > "$work/doctor" || { cat "$work/doctor"; failed "doctor"; }
said "px6-bot doctor finds nothing that fails"
as_image px6-bot backup /backups/by-hand.sqlite3 > /dev/null && said "px6-bot backup, while the bot runs"
stopped && said "SIGTERM ends it with 0"
as_image px6-bot restore /backups/by-hand.sqlite3 > /dev/null && said "px6-bot restore, once it is stopped"
begin
wait_for healthy; says "/balance" > /dev/null
wait_for eval 'chat | grep -q "640.50 RUB"' && said "a new container goes on with the volume, and the key opens"
stopped
[ "$(stat -c %a:%u "$work/data/bot.sqlite3")" = "600:$id" ] && said "the database is mode 0600 and the user's"
ls "$work/backups"/px6-bot-*.sqlite3 > /dev/null && said "a backup was made by itself"
