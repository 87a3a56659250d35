"""What all tests share: the real corpora, one thread, reproducible examples, and no test skipped in silence."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path

import hypothesis
import pytest

# Read once, when torch is first imported: the tests share the machine, and sums come in one order.
os.environ.setdefault("OMP_NUM_THREADS", "1")

hypothesis.settings.register_profile(
    "taggers",
    deadline=None,  # a test never depends on time
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("taggers")


@pytest.fixture(scope="session")
def data() -> Callable[[str], Path]:
    """Give the folder of a real corpus by its name: `data("wnut17") / "test.conll"`; skip the test where it is not."""

    def folder(name: str) -> Path:
        root = os.environ.get("TAGGERS_DATA")
        if not root:
            pytest.skip("set TAGGERS_DATA to the folder of the real corpora")
        path = Path(root) / name
        if not path.is_dir():
            pytest.skip(f"TAGGERS_DATA has no folder {name}: {path}")
        return path

    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `cuda` where torch sees no CUDA device; torch is imported only if one is there."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """With TAGGERS_REQUIRE_DATA=1 a skip for want of TAGGERS_DATA is a failure, whoever asked for it."""
    if os.environ.get("TAGGERS_REQUIRE_DATA") != "1" or not report.skipped:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if "TAGGERS_DATA" in reason:
        report.outcome = "failed"
        report.longrepr = f"TAGGERS_REQUIRE_DATA=1 forbids: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at the report of a test."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Look at the report of a file, which a skip at module level ends."""
    report = yield
    _refuse_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what `bin/test` ran before pytest, so that the last screen tells everything."""
    if outcomes := os.environ.get("TAGGERS_CHECKS"):
        terminalreporter.section("bin/test")
        terminalreporter.line(outcomes)
