"""What a user sees of a training: a moving bar on a terminal, plain lines elsewhere; all of it on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from taggers.cli.ending import end_if_asked

if TYPE_CHECKING:
    from taggers.training import Epoch


class Progress:
    """Shows notes, the network and the epochs."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bars.add_task("epoch 1", total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def on_note(self, message: str) -> None:
        """One line."""
        self._console.print(message, markup=False)

    def on_model(self, parts: dict[str, int]) -> None:
        """One line: weights by part and together."""
        shown = ", ".join(f"{name} {count:,}" for name, count in parts.items())
        self.on_note(f"model: {sum(parts.values()):,} weights ({shown})")

    def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
        """Move the bar; a request to end that was lost on the way here is heard."""
        end_if_asked()
        if loss is not None:
            self._bars.update(self._task, description=f"epoch {epoch + 1}  loss {loss:.4f}")
        self._bars.update(self._task, completed=step, total=steps)

    def on_epoch(self, epoch: Epoch) -> None:
        """One line per epoch."""
        dev = "" if epoch.score is None else f"  dev {100 * epoch.score:6.2f}{' *' if epoch.best else '  '}"
        self.on_note(
            f"epoch {epoch.epoch:3d}  loss {epoch.loss:8.4f}{dev}  "
            f"rate {epoch.learning_rate:.2g}  {epoch.seconds:.1f} s  {epoch.tokens_per_second:,.0f} tokens/s"
        )
        self._bars.update(self._task, description=f"epoch {epoch.epoch + 1}", completed=0)
