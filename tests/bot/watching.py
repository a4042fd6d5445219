"""What watches a bot, apart from one with clocks that tests move, or asked of a running one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.metrics import Metrics
from bot.readiness import Readiness
from tests.world import World

BEGAN = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Watched:
    """A readiness, and the hands of its clocks."""

    def __init__(self, sync_seconds: float = 60.0, *, polls: bool = True) -> None:
        self.passed = 0.0
        self.can_be_written = True
        self.tries = 0
        self.readiness = Readiness(
            lambda: BEGAN + timedelta(seconds=self.passed),
            lambda: 1000 + self.passed,
            self._try_to_write,
            sync_seconds,
            polls=polls,
        )

    async def _try_to_write(self) -> bool:
        self.tries += 1
        return self.can_be_written

    async def reasons(self) -> list[str]:
        state = await self.readiness.state()
        assert state["ready"] is (not state["reasons"])
        reasons: list[str] = state["reasons"]
        return reasons


class Counted:
    """Metrics and the hand of their clock."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.metrics = Metrics(lambda: self.passed, "polling")

    def __call__(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"px6_bot_{name}", labels)


class Page:
    """`/metrics` of a running bot, as Prometheus reads it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.samples: dict[str, float] = {}

    async def read(self) -> str:
        host, port = self._world.settings.listens_at or ("", 0)
        async with self._world.http.get(f"http://{host}:{port}/metrics") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            text = await answer.text()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        self.samples = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
        return text

    def __call__(self, name: str) -> float:
        return self.samples[f"px6_bot_{name}"]
