"""How a bot gets its updates: polling and webhook settings. The waiting itself is done in bot_api.py."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.telegram.bots import Webhook
from sandbox.telegram.errors import Refusal, bad_request
from sandbox.telegram.methods.registry import Call, Described, method
from sandbox.telegram.texts import Json

WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
_SECRET = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@method
def get_updates(call: Call) -> object:
    """What is there now; raises Refusal while a webhook is set."""
    if call.bot.webhook.url:
        raise Refusal(409, WEBHOOK_ACTIVE)
    remember_allowed(call)
    limit = call.arguments.between("limit", 100, 1, 100)
    updates = call.bot.updates.take(call.arguments.integer("offset"), limit)
    return [update.as_json() for update in updates]


def poll_seconds(call: Call) -> int:
    """How long getUpdates may wait for something to come."""
    return call.arguments.between("timeout", 0, 0, 50)


def remember_allowed(call: Call) -> None:
    """Keep `allowed_updates` when it is given."""
    kinds = call.arguments.nested("allowed_updates", "allowed updates")
    if kinds is None:
        return
    if not isinstance(kinds, list):
        raise bad_request("can't parse allowed updates JSON object")
    call.bot.updates.allow(str(kind).lower() for kind in kinds)


@method
def set_webhook(call: Call) -> object:
    url = call.arguments.text("url").strip()
    if not url:
        return delete_webhook(call)
    webhook = _webhook(call, url)
    remember_allowed(call)
    _drop_pending(call)
    same = webhook == call.bot.webhook
    if not same:
        call.bot.webhook = webhook
        _tell(call)
    return Described(True, "Webhook is already set" if same else "Webhook was set")


def _webhook(call: Call, url: str) -> Webhook:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("bad webhook: invalid webhook URL specified")
    secret = call.arguments.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not set(secret) <= _SECRET:
        raise bad_request("secret token contains unallowed characters")
    connections = call.arguments.between("max_connections", 40, 1, 100_000)
    certificate = "certificate" in call.arguments.files
    return Webhook(parts.geturl(), secret, connections, certificate, call.arguments.text("ip_address"))


def _drop_pending(call: Call) -> None:
    if call.arguments.flag("drop_pending_updates"):
        call.bot.updates.confirm_all_but(0)


def _tell(call: Call) -> None:
    for watcher in call.state.webhook_watchers:
        watcher(call.bot)
    for listener in tuple(call.bot.webhook_changed):
        listener()


@method
def delete_webhook(call: Call) -> object:
    _drop_pending(call)
    was_set = bool(call.bot.webhook.url)
    call.bot.webhook = Webhook()
    _tell(call)
    return Described(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


@method
def get_webhook_info(call: Call) -> object:
    webhook = call.bot.webhook
    info: Json = {
        "url": webhook.url,
        "has_custom_certificate": webhook.certificate,
        "pending_update_count": len(call.bot.updates),
    }
    if webhook.url:
        info["max_connections"] = webhook.max_connections
    if webhook.ip_address:
        info["ip_address"] = webhook.ip_address
    if webhook.last_error_date:
        info["last_error_date"], info["last_error_message"] = webhook.last_error_date, webhook.last_error
    if call.bot.updates.allowed is not None:
        info["allowed_updates"] = call.bot.updates.allowed
    return info


@method
def log_out(call: Call) -> object:
    return True


@method
def close(call: Call) -> object:
    return True
