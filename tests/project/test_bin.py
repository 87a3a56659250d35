"""The entry scripts, run in a checkout with blanks in its path against a pretended Python: nothing is installed."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ["bin/environment", "bin/tagger", "bin/test", ".ci/run"]
TOOLS = ["sh", "cat", "cksum", "cp", "chmod", "rm", "mkdir", "grep", "tail", "dirname", "readlink"]

# Takes the part of both python3 and the environment's python: writes down each call, and does what PIP and RUFF say.
PYTHON = r"""#!/bin/sh
case "$1 $2" in
"-c "*) exit 0 ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$TAGGER" "$3/bin/tagger" ;;
esac
echo "$@" >>"$CALLS"
case "$1 $2" in
"-m pip") eval "$PIP" ;;
"-m ruff") eval "$RUFF" ;;
"-m pytest") echo "after: $TAGGERS_CHECKS" ;;
esac
"""
TAGGER = '#!/bin/sh\nprintf "<%s>" "$@"\ncat\nexit 7\n'
INSTALL = "-m pip install -q --disable-pip-version-check --use-pep517 -c constraints.txt -e ."


class Checkout:
    """A copy of the scripts in a folder of its own, and a PATH with nothing but the plainest tools and `commands`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my check out"
        self.commands = folder / "commands"
        self.calls = folder / "calls"
        self.stamp = self.root / ".venv" / "taggers-stamp"
        self.commands.mkdir()
        for tool in TOOLS:
            (self.commands / tool).symlink_to(shutil.which(tool) or pytest.fail(f"needs {tool}"))
        for script in SCRIPTS:
            (self.root / script).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / script, self.root / script)
        (self.root / "pyproject.toml").write_text("a\n")
        (self.root / "constraints.txt").write_text("b==1\n")
        self.tagger = self.executable(folder / "tagger", TAGGER)

    @staticmethod
    def executable(path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o755)
        return path

    def give_python(self, name: str, text: str = PYTHON) -> None:
        self.executable(self.commands / name, text)

    def run(
        self, script: str | Path, *arguments: str, stdin: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of the checkout, from another folder, in a process group of its own."""
        env = {"PATH": str(self.commands), "CALLS": str(self.calls), "TAGGER": str(self.tagger)}
        return subprocess.run(
            [self.root / script, *arguments],
            cwd=self.commands,
            env=env | variables,
            input=stdin,
            capture_output=True,
            text=True,
            start_new_session=True,
        )

    def take_calls(self) -> list[str]:
        """Give the calls of Python since the last time, the checkout's path left out."""
        calls = self.calls.read_text().replace(f"{self.root}/", "").splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return calls


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh checkout on a machine without any Python."""
    return Checkout(tmp_path)


@pytest.fixture
def installed(checkout: Checkout) -> Checkout:
    """A checkout in which `bin/tagger` has run once."""
    checkout.give_python("python3.11")
    checkout.run("bin/tagger")
    assert checkout.take_calls() == ["-m venv .venv", f"{INSTALL}[train]"]
    return checkout


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_valid_shell(script: str) -> None:
    subprocess.run(["sh", "-n", ROOT / script], check=True)


def test_no_python_is_said_in_one_line(checkout: Checkout) -> None:
    done = checkout.run("bin/tagger", "train")
    assert done.returncode == 1
    assert done.stderr == "bin/tagger: needs Python 3.11, 3.12 or 3.13 with venv on the PATH; found none\n"


def pretend(statement: str) -> str:
    """Write a Python that runs the scripts' own probe for real, after a statement that changes what it will see."""
    program = shlex.quote(f"import sys; {statement}; exec(sys.argv[1])")
    return f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {program} "$2"\n'


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("sys.version_info = (3, 9, 18)", "is 3.9"),
        ("sys.version_info = (3, 14, 0)", "is 3.14"),
        (
            "sys.version_info = (3, 11, 0); sys.modules['ensurepip'] = None",
            "lacks venv (Debian: apt install python3-venv)",
        ),
    ],
)
def test_a_python_that_does_not_fit_is_named_with_the_reason(checkout: Checkout, statement: str, fault: str) -> None:
    checkout.give_python("python3.12", pretend(statement))
    checkout.give_python("python3", pretend(statement))
    done = checkout.run("bin/tagger", "train")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"bin/tagger: needs Python 3.11, 3.12 or 3.13 with venv on the PATH; found python3.12 {fault}; python3 {fault}"
    ]
    assert not (checkout.root / ".venv").exists()


def test_a_shim_without_a_python_behind_it_is_passed_by(checkout: Checkout) -> None:
    checkout.give_python("python3.11", "#!/bin/sh\necho 'python3.11: command not found' >&2\nexit 127\n")
    checkout.give_python("python3.13")
    assert "making .venv with python3.13" in checkout.run("bin/tagger").stderr


def test_arguments_input_and_exit_code_go_through(installed: Checkout) -> None:
    done = installed.run("bin/tagger", "tag", "a b", "*", stdin="the text")
    assert (done.stdout, done.stderr, done.returncode) == ("<tag><a b><*>the text", "", 7)


def test_the_installer_does_not_eat_the_input(checkout: Checkout) -> None:
    checkout.give_python("python3.11")
    assert checkout.run("bin/tagger", "tag", stdin="the text", PIP="cat").stdout == "<tag>the text"


def test_a_second_run_calls_no_installer(installed: Checkout) -> None:
    installed.run("bin/tagger")
    assert installed.take_calls() == []


def test_a_symbolic_link_finds_its_checkout(installed: Checkout, tmp_path: Path) -> None:
    link = tmp_path / "a link"
    link.symlink_to(installed.root / "bin" / "tagger")
    assert installed.run(link, "info").stdout == "<info>"


def test_an_installation_that_was_killed_is_not_taken_for_a_finished_one(checkout: Checkout) -> None:
    checkout.give_python("python3.11")
    killed = checkout.run("bin/tagger", PIP="kill -9 0")  # its whole process group, the script among it
    assert killed.returncode == -9
    assert checkout.stamp.read_text() == "unfinished\n"
    checkout.take_calls()
    left = checkout.root / ".venv" / "left behind"
    left.touch()
    assert checkout.run("bin/tagger").returncode == 7
    assert checkout.take_calls() == ["-m venv .venv", f"{INSTALL}[train]"]
    assert not left.exists()


@pytest.mark.parametrize(
    ("pip", "reason"),
    [
        ("echo 'ERROR: [Errno 28] No space left on device'", "the disk is full"),
        ("echo 'WARNING: NewConnectionError: failed'; echo 'ERROR: no'", "no network: pip cannot reach its index"),
        ("echo 'ERROR: no wheel of torch'; echo more", "ERROR: no wheel of torch"),
        ("echo 'python: No module named pip'", "python: No module named pip"),
    ],
)
def test_a_failed_installation_says_in_one_line_what_is_missing(checkout: Checkout, pip: str, reason: str) -> None:
    checkout.give_python("python3.11")
    done = checkout.run("bin/tagger", PIP=f"{pip}; exit 1")
    assert done.returncode == 1
    assert done.stdout == ""
    making, failed = done.stderr.splitlines()
    assert making.startswith("bin/tagger: making .venv with python3.11")
    log = checkout.root / ".venv" / "taggers-install.log"
    assert failed == f"bin/tagger: installation failed: {reason} (more in {log})"
    assert checkout.run("bin/tagger").returncode == 7


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt"])
def test_changed_pins_are_installed_into_the_same_environment(installed: Checkout, file: str) -> None:
    (installed.root / file).write_text("changed\n")
    failed = installed.run("bin/tagger", PIP="exit 1")
    assert failed.returncode == 1
    assert installed.take_calls() == [f"{INSTALL}[train]"]
    assert installed.run("bin/tagger").returncode == 7
    assert installed.take_calls() == [f"{INSTALL}[train]"]
    installed.run("bin/tagger")
    assert installed.take_calls() == []


def test_a_checkout_that_moved_is_installed_anew(installed: Checkout) -> None:
    installed.root = installed.root.rename(installed.root.with_name("elsewhere"))
    assert installed.run("bin/tagger").returncode == 7
    assert installed.take_calls() == [f"{INSTALL}[train]"]


def test_an_environment_whose_python_is_gone_is_made_anew(installed: Checkout) -> None:
    (installed.root / ".venv" / "bin" / "python").unlink()
    assert installed.run("bin/tagger").returncode == 7
    assert installed.take_calls() == ["-m venv .venv", f"{INSTALL}[train]"]


def test_an_environment_of_the_users_own_is_kept(checkout: Checkout) -> None:
    own = checkout.root / ".venv" / "bin"
    own.mkdir(parents=True)
    checkout.executable(own / "python", PYTHON)
    checkout.executable(own / "tagger", TAGGER)
    assert checkout.run("bin/tagger", PIP="exit 1").returncode == 1
    assert checkout.run("bin/tagger").returncode == 7
    assert checkout.take_calls() == [f"{INSTALL}[train]"] * 2


def test_bin_test_adds_its_extra_and_serves_bin_tagger_too(installed: Checkout) -> None:
    done = installed.run("bin/test")
    assert done.returncode == 0
    checks = ["-m ruff check", "-m mypy", "-m pytest --cov -n auto --dist loadfile"]
    assert installed.take_calls() == [f"{INSTALL}[test]", *checks]
    assert done.stdout == "after: ruff check passed; mypy passed\n"
    installed.run("bin/tagger")
    installed.run("bin/test")
    assert installed.take_calls() == checks


def test_one_failed_check_fails_bin_test_and_hides_no_other(installed: Checkout) -> None:
    done = installed.run("bin/test", RUFF="exit 1")
    assert done.returncode == 1
    assert done.stdout == "after: ruff check FAILED; mypy passed\n"


def test_bin_test_with_arguments_runs_only_pytest_on_them(installed: Checkout) -> None:
    installed.run("bin/test")
    installed.take_calls()
    installed.run("bin/test", "tests/text", "-k", "a or b")
    assert installed.take_calls() == ["-m pytest tests/text -k a or b"]


def test_ci_without_the_corpora_says_so(installed: Checkout) -> None:
    done = installed.run(".ci/run")
    assert done.returncode == 1
    assert ".ci/run: no corpora in ../shared/data" in done.stderr


def test_ci_demands_the_corpora_beside_the_checkout(installed: Checkout) -> None:
    data = installed.root.parent / "shared" / "data"
    data.mkdir(parents=True)
    report = 'echo "CI=$CI"; echo "TAGGERS_DATA=$TAGGERS_DATA"; echo "TAGGERS_REQUIRE_DATA=$TAGGERS_REQUIRE_DATA"; cat'
    done = installed.run(".ci/run", stdin="unread", RUFF=report)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:3] == ["CI=true", f"TAGGERS_DATA={data}", "TAGGERS_REQUIRE_DATA=1"]
    assert "unread" not in done.stdout
