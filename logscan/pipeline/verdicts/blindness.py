"""What can these logs not show, and which setting would change it?

In: a `Scene`. Out: `spots`, in a fixed order, in the reader's words.
Never: claims that something is missing from a log in which it need not have been; speaks of a log of a
few lines. A claim names what is there and would have left a trace: mail that went abroad and no word of
its encryption, requests that fail and not a line of the program that answers them.

Logs of several hosts are one scene: what one of them shows is not claimed missing from another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Final

import polars as pl

from logscan.analyses.blind import ENOUGH
from logscan.model.findings import BlindSpot
from logscan.model.vocabulary import Family, Kind
from logscan.packs.load import Pack
from logscan.packs.texts import Values, fill, ui_part
from logscan.pipeline.logs.grounds import SYSLOG
from logscan.pipeline.verdicts.scene import Scene

#: Of fewer events nothing is claimed.
LEAST: Final = 50
#: Failures of a web application from which on they are a matter.
FAILING: Final = 5
#: HTTP statuses from here on are the server's fault.
SERVER_ERROR: Final = 500
#: Postfix' default of maximal_queue_lifetime.
LIFETIME: Final = timedelta(days=5)
#: A mail that failed came in so long before the first line: clocks and buffers do not explain it.
BEFORE: Final = timedelta(minutes=5)
#: A log that was busy and has been silent for so long has stopped.
SILENT: Final = timedelta(hours=6)
#: Lines that a busy log would have had in that time.
MISSED: Final = 50

#: Groups of logs that are written all day; an error log may be silent because all is well.
BUSY: Final = (SYSLOG, Family.APACHE_ACCESS.value)

#: Programs other than OpenDKIM that sign mail.
_SIGNERS: Final = frozenset(
    {
        *("rspamd", "amavis", "amavisd", "amavisd-new", "dkimproxy", "dkimproxy.out", "dkim-filter"),
        *("dkimpy-milter", "dkim-milter", "mailscanner", "MailScanner", "exim", "halon"),
    }
)
#: Web servers' logs. nginx writes access logs as Apache does.
_ACCESS: Final = frozenset({Family.APACHE_ACCESS.value})
_ERRORS: Final = (Family.APACHE_ERROR.value, Family.NGINX_ERROR.value)
#: Logs into which a web application itself writes.
_APPS: Final = frozenset({Family.PHP_ERROR.value, Family.ROUNDCUBE.value})
#: What is told once more in general words is of severity info.
_LOUD: Final = ("critical", "error", "warning")
_GRAVE: Final = ("critical", "error")
_SYSTEM: Final = frozenset({"kernel", "systemd"})

_POSTFIX, _APACHE = Family.POSTFIX.value, Family.APACHE_ERROR.value
_FPM, _SIGNER = Family.PHP_FPM.value, Family.OPENDKIM.value

#: No response, and not a word why: what a gateway says when the program behind it gives up.
_HEADLESS: Final = (
    r"FastCGI: incomplete headers \(|(?:End of script output|Premature end of script) (?:before )?headers"
    "|Failed to read FastCGI header|Error dispatching request to"
    r"|^upstream prematurely closed connection|^recv\(\) failed .* while reading response header"
)
_SPOKE: Final = (
    r"^FastCGI sent in stderr: |mod_fcgid: stderr: |FastCGI: server \"[^\"]*\" stderr: |Got error '"
    "|PHP (?:message|Fatal error|Parse error|Warning|Notice|Deprecated)"
)
_KILLED: Final = (
    r"^process \S+ pid \S+ killed by signal|child pid \S+ exit signal|get unexpected signal"
    r"|terminated due to uncaught signal|child \S+ exited on signal \S+ \(SIG(?:KILL|SEGV|BUS|ABRT|ILL|FPE)"
    r"|^Can't connect to Milter|^connect to Milter service .*: Connection refused"
    r"|Connection refused: (?:FastCGI: failed to connect|AH\d+: FCGI: attempt to connect)"
    r"|^connect\(\) failed \(\S+ Connection refused\) while connecting to upstream"
)
_LISTENER: Final = (
    r"(?:Connection refused|No such file or directory): FastCGI: failed to connect to (?:\S+ )?server"
)


#: A claim: what fills the slots of its words; None when it is not made.
Claim = Callable[[Scene], Values | None]


def spots(scene: Scene, pack: Pack, lang: str, only: Collection[str] | None = None) -> tuple[BlindSpot, ...]:
    """Return what these logs cannot show, the gravest first. only: names of claims; None means all."""
    if scene.events < LEAST:
        return ()
    asked = CLAIMS if only is None else {name: claim for name, claim in CLAIMS.items() if name in only}
    made = ((name, claim(scene)) for name, claim in asked.items())
    return tuple(spot(name, values, pack, lang) for name, values in made if values is not None)


def spot(name: str, values: Values, pack: Pack, lang: str) -> BlindSpot:
    """Return a claim in words."""
    words = ui_part(f"blind.{name}", lang, pack)
    return BlindSpot(
        missing=fill(words["missing"], values), why=fill(words["why"], values), remedy=words["remedy"]
    )


def _if(holds: bool, **values: object) -> Values | None:  # noqa: FBT001
    shown = {name: f"{v:,}" if isinstance(v, int) else str(v) for name, v in values.items()}
    return {name: (value,) for name, value in shown.items()} if holds else None


# --- lines that are gone -------------------------------------------------------------------------


def _lost_lines(scene: Scene) -> Values | None:
    """The logger itself says that it threw lines away."""
    return _if(scene.signs.notices > 0, notices=scene.signs.notices, lost=scene.signs.lost)


def _journal_boot(scene: Scene) -> Values | None:
    """The journal lives in memory and begins with the last start of the machine."""
    return _if(scene.journal is not None and scene.journal.volatile)


def _rotated_away(scene: Scene) -> Values | None:
    """A busy log ends long before now, and the file that should go on with it is empty."""
    silent = next((group for group in BUSY if _silent_since(scene, group)), None)
    emptied = any(log.emptied and log.group == silent for log in scene.logs.values())
    return _if(emptied, last=_silent_since(scene, silent)) if silent else None


def _stopped(scene: Scene) -> Values | None:
    """A busy log ends long before now."""
    silent = next((group for group in BUSY if _silent_since(scene, group)), None)
    return _if(not _rotated_away(scene), last=_silent_since(scene, silent)) if silent else None


def _silent_since(scene: Scene, group: str) -> str | None:
    """Return since when the logs of a group are silent, if they have stopped."""
    span = scene.span(group)
    if span is None or scene.as_of is None:
        return None
    lived, silent = span[1] - span[0], scene.as_of - span[1]
    if lived < SILENT or silent < SILENT:
        return None
    # As many lines as there would be, were it as busy as before.
    expected = sum(source.events for source in scene.of(group)) * (silent / lived)
    return f"{span[1].astimezone(scene.zone):%Y-%m-%d %H:%M}" if expected >= MISSED else None


def _begins_late(scene: Scene) -> Values | None:
    """A mail failed that had come in before the logs begin."""
    span, arrived = scene.span(SYSLOG), scene.signs.arrived
    if span is None or arrived is None:
        return None
    return _if(span[0] - arrived > BEFORE, before=_length(span[0] - arrived))


def _queue_lifetime(scene: Scene) -> Values | None:
    """Mail waits, and the logs are shorter than it may wait."""
    span = scene.span(SYSLOG)
    deferrals = scene.count(family=_POSTFIX, kind=Kind.DELIVERY.value, status="deferred")
    if span is None:
        return None
    length = span[1] - span[0]
    return _if(length < LIFETIME and deferrals >= ENOUGH, deferrals=deferrals, span=_length(length))


def _no_year(scene: Scene) -> Values | None:
    """Stamps without year and zone, and nobody said which."""
    return _if(scene.guessed and any(log.yearless for log in scene.logs.values()))


def _kernel(scene: Scene) -> Values | None:
    """Programs were killed or vanished, and neither kernel nor systemd is heard."""
    killed = scene.count(_KILLED)
    return _if(killed > 0 and not scene.any_of(_SYSTEM), killed=killed)


def _length(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    if hours < 2:
        return f"{span.total_seconds() / 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"


# --- mail ----------------------------------------------------------------------------------------


def _smtp_tls(scene: Scene) -> Values | None:
    """Mail goes to other servers, and no line says over which encryption."""
    return _if(scene.usual("abroad") and not scene.seen("tls-out"))


def _smtpd_tls(scene: Scene) -> Values | None:
    """Clients say STARTTLS, as the ends of their sessions count, and no line says with what result."""
    return _if(scene.usual("starttls") and not scene.seen("tls-in"))


def _refusals(scene: Scene) -> Values | None:
    """Sessions end with refused recipients, and not one refusal is in the log."""
    told = scene.count(family=_POSTFIX, kind=(Kind.REJECT.value, Kind.MILTER_REJECT.value))
    return _if(scene.usual("refused") and not told)


def _postscreen(scene: Scene) -> Values | None:
    """Clients are caught by postscreen, which hangs up before they say whom they write to."""
    caught = scene.count(family=_POSTFIX, masked="^(?:DNSBL rank|PREGREET) ", daemon="postscreen")
    told = scene.count(family=_POSTFIX, daemon="postscreen", kind=Kind.REJECT.value)
    return _if(caught >= ENOUGH and not told, caught=caught)


def _submission_user(scene: Scene) -> Values | None:
    """Users hand in mail, and none of them has a name."""
    return _if(scene.usual("submitted") and not scene.seen("authenticated"))


def _web_script(scene: Scene) -> Values | None:
    """Mail is handed in by the web server's user: the script behind it has no name."""
    return _if(scene.usual("script"))


def _old_delays(scene: Scene) -> Values | None:
    """Deliveries without delays=: a Postfix before 2.3."""
    return _if(scene.usual("delivered") and not scene.seen("timed"))


def _dkim_absent(scene: Scene) -> Values | None:
    """Mail leaves, and no program that signs is heard."""
    signers = {name for name in scene.families if name in _SIGNERS or name == _SIGNER}
    return _if(scene.usual("abroad") and not signers)


def _dkim_success(scene: Scene) -> Values | None:
    """OpenDKIM is heard, mail leaves, and it never says that it signed or verified one."""
    silent = not scene.seen("signed") and not scene.seen("verified")
    return _if(bool(scene.families.get(_SIGNER)) and scene.usual("abroad") and silent)


def _dkim_why(scene: Scene) -> Values | None:
    """OpenDKIM examines strangers' mail and never says why it does not sign it."""
    why = scene.seen("why") or scene.count(family=_SIGNER, masked="^no (?:signing|MTA name|macros) ")
    # One that only verifies has nothing to give reasons for.
    signs = scene.seen("signed") or not scene.seen("verified")
    return _if(scene.usual("examined") and bool(signs) and not why)


# --- web -----------------------------------------------------------------------------------------


def _access_log(scene: Scene) -> Values | None:
    """Requests fail, and there is no log of requests."""
    failed = scene.count(family=_ERRORS, severity=_GRAVE)
    return _if(failed >= FAILING and not scene.any_of(_ACCESS), failed=failed)


def _error_log(scene: Scene) -> Values | None:
    """Requests are answered with 5xx, and there is no log of errors."""
    served = scene.where(family=sorted(_ACCESS))
    failed = int(served.filter(pl.col("http_status") >= SERVER_ERROR)["count"].sum()) if served.height else 0
    return _if(failed >= ENOUGH and not scene.any_of(_ERRORS), failed=failed)


def _fcgid_level(scene: Scene) -> Values | None:
    """Requests fail in mod_fcgid, and no line tells of its processes' starts and ends."""
    failed = scene.count("mod_fcgid: (?:error reading data|read data timeout|can't apply)", family=_APACHE)
    told = scene.count(r"mod_fcgid: (?:server .*started$|process .* exit\()", family=_APACHE)
    return _if(failed >= FAILING and not told, failed=failed)


def _fpm_output(scene: Scene) -> Values | None:
    """Requests get no answer, php-fpm's log is there, and what PHP said of it is nowhere."""
    shapes = scene.where(_HEADLESS, family=_ERRORS, severity=_LOUD)
    failed = int(_of_php(scene, shapes)["count"].sum())
    return _if(bool(scene.families.get(_FPM)) and failed >= FAILING and not _spoke(scene), failed=failed)


def _fpm_log(scene: Scene) -> Values | None:
    """Requests to php-fpm fail, and its own log is not there."""
    # A refused connection is told twice, once by mod_proxy and once by mod_proxy_fcgi.
    shapes = scene.where(family=_ERRORS, kind=Kind.FASTCGI_ERROR.value, severity=_LOUD)
    shapes = shapes.filter(pl.col("module").ne_missing("proxy")) if shapes.height else shapes
    php = _php(scene, scene.where(family=_ERRORS, kind=Kind.FASTCGI_ERROR.value))
    failed = int(_of_php(scene, shapes)["count"].sum())
    return _if(failed >= FAILING and php and not scene.families.get(_FPM), failed=failed)


def _php(scene: Scene, shapes: pl.DataFrame) -> bool:
    """Whether lines of these shapes name php-fpm as their back end."""
    return any("php" in name or name.endswith(":9000") for name in scene.backends(shapes))


def _of_php(scene: Scene, shapes: pl.DataFrame) -> pl.DataFrame:
    """Return those shapes that concern php-fpm: all of mod_proxy_fcgi's, of nginx's those that name it."""
    if not shapes.height:
        return shapes
    named = scene.backend_names.filter(pl.col("name").str.contains("php|:9000$"))["shape"]
    return shapes.filter(
        (pl.col("module") == "proxy_fcgi")
        | ((pl.col("family") == Family.NGINX_ERROR.value) & pl.col("shape").is_in(named.implode()))
    )


def _external_death(scene: Scene) -> Values | None:
    """A FastCGI server that Apache did not start is gone: nobody logs its end."""
    refused = scene.where(_LISTENER, family=_APACHE)
    started = scene.where(r"FastCGI:.* (?:re)?started \(pid ", family=_APACHE)
    outside = sorted(scene.backends(refused) - scene.backends(started))
    return _if(int(refused["count"].sum()) >= FAILING and bool(outside), server=outside[0] if outside else "")


def _app_log(scene: Scene) -> Values | None:
    """A program closes connections without an answer, and not one line of its own is there."""
    failed = scene.count(_HEADLESS, family=_ERRORS, severity=_LOUD)
    return _if(failed >= FAILING and not _spoke(scene), failed=failed)


def _spoke(scene: Scene) -> bool:
    """Whether the program behind the web server is heard anywhere, and be it in Apache's log without a header."""
    lines = scene.where(family=_APACHE)
    strays = lines.filter(pl.col("first").is_null()).height if lines.height else 0
    said = scene.count(_SPOKE, family=_ERRORS) or scene.count("said into std(?:err|out)", family=_FPM)
    return bool(strays or said or scene.any_of(_APPS))


#: In the order in which they are told: what is gone for good, what mail does not show, what the web does not.
CLAIMS: Final[Mapping[str, Claim]] = {
    "lost-lines": _lost_lines,
    "rotated-away": _rotated_away,
    "stopped": _stopped,
    "journal-boot": _journal_boot,
    "kernel": _kernel,
    "begins-late": _begins_late,
    "queue-lifetime": _queue_lifetime,
    "dkim-absent": _dkim_absent,
    "dkim-success": _dkim_success,
    "dkim-why": _dkim_why,
    "smtp-tls": _smtp_tls,
    "smtpd-tls": _smtpd_tls,
    "refusals": _refusals,
    "postscreen": _postscreen,
    "submission-user": _submission_user,
    "web-script": _web_script,
    "old-delays": _old_delays,
    "error-log": _error_log,
    "access-log": _access_log,
    "app-log": _app_log,
    "external-death": _external_death,
    "fpm-output": _fpm_output,
    "fpm-log": _fpm_log,
    "fcgid-level": _fcgid_level,
    "no-year": _no_year,
}

_GONE: Final = frozenset({"lost-lines", "rotated-away", "stopped", "journal-boot", "no-year"})
#: What matters to whom asks for numbers, for failures, for outages; each command looks for no other claim.
FLOW: Final = _GONE | {"smtp-tls", "smtpd-tls", "refusals", "submission-user", "old-delays"}
BOUNCES: Final = _GONE | {"begins-late", "queue-lifetime"}
OUTAGES: Final = _GONE | {
    *(
        "kernel",
        "error-log",
        "access-log",
        "app-log",
        "external-death",
        "fpm-output",
        "fpm-log",
        "fcgid-level",
    ),
}
