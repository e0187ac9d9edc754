"""The units hold, and give a job no right that it does not need."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from logscan.app.timer.units import MARK, Job, units

PLAIN = Job(command=("/usr/bin/true", "report"))
WRITES = Job(command=("/usr/bin/true", "report", "-o", "/srv/a b%/x"), folders=("/srv/a b%", "/var/www"))
MAILS = Job(command=("/usr/bin/true", "report", "--mail-to=x"), mail="local")
SMTP = Job(command=("/usr/bin/true", "report"), mail="smtp", length="week")
OWN = Job(command=("/usr/bin/true", "report"), system=False, length="month", mail="local")
JOBS = {"plain": PLAIN, "writes": WRITES, "mails": MAILS, "smtp": SMTP, "own": OWN}


def service(job: Job) -> dict[str, str]:
    text = units(job)["logscan-report.service"]
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("name", JOBS)
def test_systemd_has_no_complaint(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    for unit, text in units(JOBS[name]).items():
        (tmp_path / unit).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit for unit in units(JOBS[name]))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # Other units of the machine are none of our business.
    ours = [line for line in done.stderr.splitlines() if "logscan-report" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if job.system])
def test_systemd_calls_it_safe(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    place = tmp_path / "logscan-report.service"
    place.write_text(units(JOBS[name])[place.name])
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", place],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "offline" in done.stderr:  # older than 250
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout[-200:]


def test_every_file_bears_the_mark_and_ends_a_line() -> None:
    for job in JOBS.values():
        for text in units(job).values():
            assert text.startswith(MARK + "\n")
            assert text.endswith("\n")
            assert not re.search(r"[^\n -~]", text)


def test_who_writes_nothing_may_write_nowhere() -> None:
    found = service(PLAIN)
    assert found["CapabilityBoundingSet"] == "CAP_DAC_READ_SEARCH"
    assert "ReadWritePaths" not in found
    assert found["ProtectSystem"] == "strict"
    assert found["IPAddressDeny"] == "any"


def test_who_writes_may_write_there() -> None:
    found = service(WRITES)
    assert found["ReadWritePaths"] == '"-/srv/a b%%" -/var/www'
    assert found["CapabilityBoundingSet"].split() == ["CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE"]


def test_local_mail_goes_where_postfix_takes_it() -> None:
    found = service(MAILS)
    assert found["ReadWritePaths"] == "-/var/spool/postfix/maildrop"
    assert "CAP_DAC_OVERRIDE" in found["CapabilityBoundingSet"]
    assert found["NoNewPrivileges"] == "yes"
    assert "postfix.service" in found["After"]


def test_a_mail_server_elsewhere_may_be_reached() -> None:
    found = service(SMTP)
    assert "IPAddressDeny" not in found
    assert found["Wants"] == "network-online.target"
    assert found["CapabilityBoundingSet"] == "CAP_DAC_READ_SEARCH"


def test_a_user_s_own_service_has_what_a_user_s_systemd_can_do_and_sendmail_stays_setgid() -> None:
    found = service(OWN)
    assert not {
        "NoNewPrivileges",
        "ProtectSystem",
        "CapabilityBoundingSet",
        "SystemCallFilter",
        "StateDirectory",
    } & set(found)
    assert found["Nice"] == "10"


@pytest.mark.parametrize(
    ("job", "private"),
    [
        (PLAIN, "yes"),
        (Job(command=("/usr/bin/true", "report", "--", "/tmp/mail.log")), "no"),  # noqa: S108
        (Job(command=("/usr/bin/true", "report", "--output=/var/tmp/x")), "no"),
        (Job(command=("/usr/bin/true", "report"), folders=("/tmp",)), "no"),  # noqa: S108
        (Job(command=("/usr/bin/true", "report", "/tmpfiles")), "yes"),  # noqa: S108
    ],
    ids=["nothing", "log", "output", "folder", "another"],
)
def test_files_in_tmp_are_not_hidden_from_who_named_them(job: Job, private: str) -> None:
    assert service(job)["PrivateTmp"] == private


@pytest.mark.parametrize(
    ("job", "when"),
    [(PLAIN, "*-*-* 06:45:00"), (SMTP, "Mon *-*-* 06:45:00"), (OWN, "*-*-01 06:45:00")],
    ids=["day", "week", "month"],
)
def test_the_timer_runs_when_the_period_is_over(job: Job, when: str) -> None:
    timer = dict(re.findall(r"^(\w+)=(.*)$", units(job)["logscan-report.timer"], re.MULTILINE))
    assert timer["OnCalendar"] == when
    assert timer["Persistent"] == "true"
