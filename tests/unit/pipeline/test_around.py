"""What a scan makes of the lines around mail and webmail: a desktop's are silence, a kill comes before its symptoms."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscan.model.findings import Report
from logscan.model.settings import Settings
from logscan.pipeline.scan import report

#: A desktop's day: none of it is about mail or web, and much of it is loud.
DESKTOP = r"""
kernel: [    0.412345] ACPI BIOS Error (bug): Could not resolve symbol [\_SB.PCI0.LPCB], AE_NOT_FOUND (20220331/psargs-330)
kernel: [    2.345678] EDAC MC: Ver: 3.0.0
kernel: [   12.345678] EXT4-fs (sda2): mounted filesystem with ordered data mode. Quota mode: none.
kernel: [   12.345679] EXT4-fs (sda2): re-mounted. Opts: errors=remount-ro
kernel: [   15.000001] Bluetooth: hci0: Reading supported features failed (-16)
kernel: [   99.000001] Buffer I/O error on dev sr0, logical block 0, async page read
kernel: [  120.000001] gnome-shell[1888]: segfault at 18 ip 00007f2b1c0a1b2c sp 00007ffd5a3e2f10 error 4 in libmutter-10.so.0.0.0[7f2b1c08a000+142000]
kernel: [  121.000001] [UFW BLOCK] IN=wlan0 OUT= MAC= SRC=192.168.1.1 DST=224.0.0.1 LEN=36 TOS=0x00 PREC=0xC0 TTL=1 ID=0 PROTO=2
kernel: [  122.000001] audit: type=1400 audit(1763954855.123:98): apparmor="DENIED" operation="open" profile="snap.firefox.firefox" name="/proc/7/" pid=7 comm="firefox"
kernel: [  123.000001] usb 1-1: device descriptor read/64, error -71
kernel: [  124.000001] TCP: request_sock_TCP: Possible SYN flooding on port 27015. Sending cookies.  Check SNMP counters.
kernel: [  125.000001] php_is_not_here: error, failed, out of memory said a module of no name
systemd[1]: Started Session 12 of user root.
systemd[1]: fwupd.service: Main process exited, code=killed, status=11/SEGV
systemd[1]: fwupd.service: Failed with result 'signal'.
systemd[1]: fwupd.service: Scheduled restart job, restart counter is at 2.
systemd[1]: Failed to start Firmware update daemon.
systemd[1]: bluetooth.service: Start request repeated too quickly.
systemd[1]: snapd.service: State 'stop-sigterm' timed out. Killing.
systemd[1432]: app-gnome-org.gnome.Evolution\x2dalarm\x2dnotify-1888.scope: Failed with result 'oom-kill'.
systemd[1432]: Startup finished in 35ms.
systemd-logind[640]: New session 12 of user root.
systemd-resolved[500]: Using degraded feature set UDP instead of UDP+EDNS0 for DNS server 192.168.1.1.
CRON[2104]: (root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)
CRON[2105]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)
cron[700]: (CRON) INFO (pidfile fd = 3)
chronyd[501]: Selected source 192.0.2.123
systemd-timesyncd[502]: Timed out waiting for reply from 192.0.2.123:123 (ntp.example.org).
gdm-password][1500]: gkr-pam: unable to locate daemon control file
NetworkManager[600]: <warn>  [1763954855.1] device (wlan0): Activation: failed for connection
mysql[77]: a program of this name says warning
"""

KILL = """
kernel: [12345.678901] perl invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
kernel: [12345.678902] [   4321]    33  4321   203086   155864  1454080        0             0 dispatch.fcgi
kernel: [12345.678903] Out of memory: Killed process 4321 (dispatch.fcgi) total-vm:812345kB, anon-rss:623456kB, file-rss:0kB, shmem-rss:48kB, UID:33 pgtables:1420kB oom_score_adj:0
kernel: [12345.678904] oom_reaper: reaped process 4321 (dispatch.fcgi), now anon-rss:0kB, file-rss:0kB, shmem-rss:48kB
"""
RESET = (
    "[Tue Nov 24 03:00:10.000001 2026] [fastcgi:error] [pid 77:tid 99] (104)Connection reset by peer: [client 203.0.113.5:51512] "
    'FastCGI: comm with server "/usr/bin/dispatch.fcgi" aborted: read failed\n'
)


def scan(where: Path) -> Report:
    return report([str(where)], Settings(zone="UTC", year=2026))


def syslog(where: Path, lines: str) -> None:
    said = lines.strip().splitlines()
    where.write_text("".join(f"Nov 24 03:00:{at:02} mx1 {line}\n" for at, line in enumerate(said)))


def test_a_desktop_is_silence(tmp_path: Path) -> None:
    syslog(tmp_path / "syslog", DESKTOP)
    seen = scan(tmp_path)
    assert seen.totals.unparsed == 0
    assert [finding.rule for finding in seen.findings] == []
    assert [group.template for group in seen.unexplained] == []


def test_a_kill_counts_once_and_stands_above_what_it_broke(tmp_path: Path) -> None:
    syslog(tmp_path / "kern.log", KILL)
    (tmp_path / "error.log").write_text(RESET)
    found = {finding.rule: finding for finding in scan(tmp_path).findings}
    kill, reset = found["kernel.memory.oom-script"], found["fastcgi.mod-fastcgi.worker-closed"]
    assert kill.count == 1
    assert kill.root
    assert kill.explanation.title.endswith("(dispatch.fcgi)")
    assert kill.affected.backends.top == (("dispatch.fcgi", 1),)
    assert not reset.root
    assert "kernel.memory.oom-script" in [rule for rule, _, _ in reset.caused_by]
    assert list(found)[:2] == ["kernel.memory.oom-script", "fastcgi.mod-fastcgi.worker-closed"]


@pytest.mark.parametrize("copies", [1, 2])
def test_the_same_kill_in_syslog_and_kern_log_is_one(tmp_path: Path, copies: int) -> None:
    for name in ("kern.log", "syslog")[:copies]:
        syslog(tmp_path / name, KILL)
    found = {finding.rule: finding.count for finding in scan(tmp_path).findings}
    assert found["kernel.memory.oom-script"] == 1


def test_a_name_that_no_shell_should_see_stays_out_of_commands(tmp_path: Path) -> None:
    syslog(
        tmp_path / "syslog",
        "kernel: [1.000001] Out of memory: Killed process 7 (x;reboot.fcgi) total-vm:1kB, anon-rss:1kB, file-rss:0kB",
    )
    (kill,) = scan(tmp_path).findings
    assert "x;reboot.fcgi" in kill.explanation.title
    assert not any("reboot" in command for command in (*kill.explanation.remedy, *kill.explanation.verify))
