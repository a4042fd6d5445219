#!/usr/bin/env bash
# Plays “From nothing, by polling” and “From one process to four” of docs/operating.md under a systemd of its own:
#   deploy/try-systemd.sh [ROOT]
#
# debootstrap makes a fresh Debian; its systemd is the first process of namespaces of its own, and runs the unit as it
# is. Telegram and px6 are the stand-ins on loopback. Needs root, debootstrap, curl, cgroups that root may write, and
# an environment for the stand-ins (`make test` makes it). ROOT is kept, and used again if given.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD root=${1:-} work=$(mktemp -d)
[ -n "$root" ] || root=$work/root
said() { printf 'ok   %s\n' "$*"; }
failed() { printf 'FAIL %s\n' "$*"; inside journalctl -u px6-bot --no-pager -n 30 -o cat || true; exit 1; }
cleared() {
  kill ${stand_ins:-} 2>/dev/null || true
  [ -z "${first:-}" ] || kill -KILL "$first" 2>/dev/null || true
  sleep 1
  echo $$ > /sys/fs/cgroup/systemd/cgroup.procs 2> /dev/null || true
  find /sys/fs/cgroup/*/px6-bot-try -depth -type d -exec rmdir {} + 2> /dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleared EXIT

[ -x "$root/lib/systemd/systemd" ] || debootstrap --variant=minbase \
  --include=systemd,dbus,python3,python3-venv,ca-certificates,postgresql bookworm "$root" > "$work/debootstrap.log" \
  || { tail -5 "$work/debootstrap.log"; exit 1; }
rm -rf "$root/src" "$root"/opt/px6-bot* "$root/etc/px6-bot" "$root"/etc/systemd/system/*px6-bot* "$root/var/lib/px6-bot" "$root/var/backups/px6-bot"
chroot "$root" userdel px6-bot 2> /dev/null || true
mkdir -p "$root/src"
cp -R pyproject.toml README.md LICENSE requirements deploy docs bot handlers locales model px6 services storage "$root/src/"

# --- Its systemd, in namespaces of its own; this machine's way to packages is lent to the build alone
mkdir -p /sys/fs/cgroup/systemd/px6-bot-try 2> /dev/null && echo $$ > /sys/fs/cgroup/systemd/px6-bot-try/cgroup.procs || true
env -i PATH="$PATH" unshare --pid --fork --mount --uts --ipc --cgroup --propagation private bash -s "$root" \
  > "$work/boot.log" 2>&1 <<'END' &
set -e
root=$1
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
mkdir -p "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
cd "$root"
pivot_root . mnt
umount -l /mnt
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system --unit=multi-user.target < /dev/null
END
outer=$!
for _ in $(seq 100); do
  first=$(pgrep -P $outer || true)
  [ -n "$first" ] && [ "$(cat "/proc/$first/comm")" = systemd ] && break
  sleep 0.1
done
inside() { nsenter --target "$first" --mount --pid --uts --ipc --cgroup --root --wd env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin "$@"; }
for _ in $(seq 100); do inside systemctl is-system-running 2> /dev/null | grep -qE 'running|degraded' && break; sleep 0.2; done
said "a systemd of its own: $(inside systemctl --version | head -n 1)"

# --- The stand-ins, and the ten lines of the paper, as they stand there
.venv/bin/python -m sandbox > "$work/stand-ins.json" & stand_ins=$!
for _ in $(seq 100); do [ -s "$work/stand-ins.json" ] && break; sleep 0.1; done
asked() { .venv/bin/python -c "import json; print(json.loads(open('$work/stand-ins.json').readline())['$1'])"; }
telegram=$(asked telegram) key=$(asked key)
sed -n '/^## From nothing, by polling/,/^## /s/^    //p' docs/operating.md > "$work/lines"
lend() {
  local each
  for each in /etc/resolv.conf /etc/ssl/certs /etc/pip.conf "${HOME:-/root}/.config/pip" ${PIP_FIND_LINKS:-}; do
    [ -e "$each" ] || continue
    if [ -d "$each" ]; then mkdir -p "$root$each"; else mkdir -p "$root$(dirname "$each")"; touch "$root$each"; fi
    mount --bind "$each" "$root$each"
  done
  mount -t proc proc "$root/proc"
  chroot "$root" bash -c "cd /src && ${1:?}"
}
export -f lend
export root
number=0
while IFS= read -r line; do
  number=$((number + 1))
  case $line in
    "apt install"*) ;; # debootstrap has done that
    deploy/build.sh*) unshare --mount --propagation private bash -c 'set -e; lend "$1"' bash "$line" > /dev/null ;;
    *bot_token*) asked token | inside bash -c "cd /src && $line" ;;
    *px6-bot-tool\ doctor*)
      printf '%s\n' "TELEGRAM_API_URL=$telegram" "PX6_API_URLS=$(asked px6)" >> "$root/etc/px6-bot/.env"
      inside systemctl restart px6-bot
      inside bash -c "cd /src && $line" > "$work/doctor" || { cat "$work/doctor"; failed "$line"; }
      ;;
    *) inside bash -c "cd /src && $line" < /dev/null 2> "$work/line" || { cat "$work/line"; failed "$line"; } ;;
  esac
done < "$work/lines"
said "the $number lines of docs/operating.md, with the stand-ins' addresses in .env; doctor finds nothing that fails"

# --- What the paper promises of the service
chat() { curl -sf "$telegram/people/1001/chat"; }
says() { curl -sf -o /dev/null -X POST "$telegram/people/1001/messages" -H 'content-type: application/json' -d "{\"text\": \"$1\"}"; }
wait_for() { for _ in $(seq 160); do eval "$1" && return; sleep 0.25; done; failed "never: $1"; }
show() { inside systemctl show px6-bot --property "$1" --value; }
[ "$(show ActiveState)" = active ] || failed "not active"
says /start; says "/key $key"
wait_for 'chat | grep -q "px6 account"'
said "a person connects a px6 account in the chat"
said "exposure: $(inside systemd-analyze security px6-bot --no-pager | sed -n 's/.*level for px6-bot.service: //p')"
before=$(show WatchdogTimestampMonotonic)
echo ALLOWED_USER_IDS=1001 >> "$root/etc/px6-bot/.env"
inside systemctl reload px6-bot
wait_for 'inside journalctl -u px6-bot -o cat | grep -q "Settings read again"'
said "systemctl reload"
inside px6-bot-tool backup /var/backups/px6-bot/by-hand.sqlite3 > /dev/null
inside px6-bot-tool restore /var/backups/px6-bot/by-hand.sqlite3 2> /dev/null && failed "restored while it ran"
(umask 077; cd "$root/etc/px6-bot"; head -c 32 /dev/urandom | basenc --base64url | cat - encryption.key > new; mv new encryption.key)
inside systemctl restart px6-bot
inside px6-bot-tool rotate-keys | grep -q "^1 of 1 keys" || failed "rotate-keys"
(umask 077; cd "$root/etc/px6-bot"; head -n 1 encryption.key > new; mv new encryption.key)
inside systemctl restart px6-bot
says /balance
wait_for 'chat | grep -q "640.50 RUB"'
said "px6-bot-tool backup and rotate-keys; the key opens with the new master key alone"
wait_for '[ "$(show WatchdogTimestampMonotonic)" -gt "$before" ]'
inside bash -c 'mkdir -p /run/systemd/system/px6-bot.service.d
  printf "[Service]\nWatchdogSec=6\nTimeoutAbortSec=3\n" > /run/systemd/system/px6-bot.service.d/try.conf
  systemctl daemon-reload && systemctl restart px6-bot && kill -STOP "$(systemctl show px6-bot --property MainPID --value)"'
wait_for '[ "$(show NRestarts)" = 1 ] && [ "$(show ActiveState)" = active ]'
said "a process that is held up is ended by the watchdog and begun again (here after 6 seconds)"
inside px6-bot-tool backup /var/backups/px6-bot/with-new-key.sqlite3 > /dev/null
inside systemctl stop px6-bot
[ "$(show Result)" = success ] && [ "$(show ExecMainStatus)" = 0 ] && said "systemctl stop ends it with 0"
inside px6-bot-tool restore /var/backups/px6-bot/by-hand.sqlite3 > "$work/restore" 2>&1 && failed "restored without its master key"
grep -q "master key" "$work/restore" && said "a backup from before needs the old master keys, and says so"
inside px6-bot-tool restore /var/backups/px6-bot/with-new-key.sqlite3 > /dev/null && inside systemctl start px6-bot
wait_for '[ "$(show ActiveState)" = active ]'
said "px6-bot-tool restore puts back the one that was made afterwards"
[ "$(inside stat -c %a:%U /var/lib/px6-bot/bot.sqlite3)" = 600:px6-bot ] && said "the database is mode 0600 and the user's"

# --- From one process to four, with the lines of the paper
echo "listen_addresses = ''" >> "$root"/etc/postgresql/*/main/postgresql.conf
inside systemctl restart postgresql
inside su postgres -c 'dropdb --if-exists px6bot && dropuser --if-exists px6-bot'
sed -n '/^## From one process to four/,/^## /s/^    //p' docs/operating.md > "$work/four"
while IFS= read -r line; do
  inside bash -c "$line" < /dev/null > "$work/line" 2>&1 || { cat "$work/line"; failed "$line"; }
done < "$work/four"
ready() { curl -sf -o /dev/null "http://127.0.0.1:808$1/readyz"; }
wait_for 'ready 1 && ready 2 && ready 3 && ready 4'
[ "$(inside su postgres -c "psql -Atc 'SELECT count(*) FROM processes WHERE until > extract(epoch FROM now()) * 1000000' px6bot")" = 4 ] \
  || failed "not four processes"
inside px6-bot-tool doctor > "$work/doctor" || { cat "$work/doctor"; failed "doctor"; }
grep -q "PostgreSQL database px6bot.*1 px6 keys" "$work/doctor" || { cat "$work/doctor"; failed "the tools use another database"; }
said "four instances of px6-bot@.service on one PostgreSQL, each ready; the tools use it as well"
answers() { chat | grep -o "640.50 RUB" | wc -l; }
for each in 1 2 3; do
  heard=$(answers)
  inside systemctl stop "px6-bot@$each"
  says /balance
  wait_for '[ "$(answers)" -gt "$heard" ]'
done
said "one after another is stopped, and people are answered by those that are left"
heard=$(answers)
inside systemctl start px6-bot@1
wait_for 'ready 1'
inside systemctl kill --signal=KILL px6-bot@4
says /balance
wait_for '[ "$(answers)" -gt "$heard" ]'
wait_for 'inside journalctl -u px6-bot@1 -o cat | grep -q "Another process is gone"'
said "one that is killed is taken over by another"
