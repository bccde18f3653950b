"""Activities of the catalog that its pages show."""

from dataclasses import dataclass

from channels.models import Channel
from inventory.enums import RUN_OPEN, RunState
from inventory.models import Run

DOWNLOAD = "catalog.download"
LOOK = "catalog.look"


@dataclass(frozen=True, kw_only=True)
class ProgressView:
    """A download as the tab shows it."""

    run: Run

    @property
    def is_open(self) -> bool:
        return self.run.state in RUN_OPEN

    @property
    def tone(self) -> str:
        if self.is_open:
            return "info"
        return {RunState.DONE: "ok", RunState.FAILED: "bad"}.get(RunState(self.run.state), "off")


def latest_download(channel: Channel) -> ProgressView | None:
    """The newest download of a channel, running or not."""
    run = Run.objects.filter(scope_key=channel.scope_key, kind=DOWNLOAD).order_by("-pk").first()
    return ProgressView(run=run) if run else None


def latest_look(channel: Channel) -> ProgressView | None:
    """The newest first look at a store's products."""
    run = Run.objects.filter(scope_key=channel.scope_key, kind=LOOK).order_by("-pk").first()
    return ProgressView(run=run) if run else None
