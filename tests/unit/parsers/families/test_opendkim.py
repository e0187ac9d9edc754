"""OpenDKIM: signed, verified, failed, and chatter that says neither."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.families.opendkim import FAMILY

REAL = Path("sample-logs/real/A")


def understood(*texts: str) -> pl.DataFrame:
    return FAMILY.fields(FAMILY.kinds(pl.DataFrame({"text": texts}, schema={"text": pl.String})))


def event(text: str) -> dict[str, Any]:
    return {name: value for name, value in understood(text).row(0, named=True).items() if value is not None}


Q = "B63DD552232"
SHAPES: list[tuple[str, str, str, bool, dict[str, Any]]] = [
    (
        f"{Q}: DKIM-Signature field added (s=hl2026, d=harborlight.example)",
        "dkim-signed",
        "info",
        True,
        {"queue_id": Q, "dkim_selector": "hl2026", "dkim_domain": "harborlight.example"},
    ),
    (
        "4jYStM0Pfdzp3Ld: DKIM-Signature field added (s=a, d=b.example)",
        "dkim-signed",
        "info",
        True,
        {"queue_id": "4jYStM0Pfdzp3Ld", "dkim_selector": "a", "dkim_domain": "b.example"},
    ),
    (f"{Q}: DKIM verification successful", "dkim-verified", "info", True, {"queue_id": Q}),
    (
        f"{Q}: mail.partnerco.example [192.0.2.9] not internal",
        "client",
        "info",
        True,
        {"queue_id": Q, "client_name": "mail.partnerco.example", "client_ip": "192.0.2.9"},
    ),
    (
        f"{Q}: mail2.partnerco.example [2001:db8:cafe::25] not internal",
        "client",
        "info",
        True,
        {"client_name": "mail2.partnerco.example", "client_ip": "2001:db8:cafe::25"},
    ),
    (f"{Q}: [192.0.2.9] [192.0.2.9] not internal", "client", "info", True, {"client_ip": "192.0.2.9"}),
    (f"{Q}: not authenticated", "client", "info", True, {"reason": "not authenticated"}),
    (f"{Q}: no signature data", "client", "info", True, {"reason": "no signature data"}),
    (
        f"{Q}: s=good1 d=newsforge.example a=rsa-sha256 SSL ",
        "client",
        "info",
        True,
        {"dkim_selector": "good1", "dkim_domain": "newsforge.example"},
    ),
    (f"{Q}: s=good1 d=newsforge.example a=rsa-sha256 SSL", "client", "info", True, {"queue_id": Q}),
    (
        f"{Q}: s=good1 d=newsforge.example a=rsa-sha256 SSL error:02000068:rsa routines::bad signature",
        "dkim-failed",
        "notice",
        False,
        {"dkim_selector": "good1", "dkim_domain": "newsforge.example", "queue_id": Q},
    ),
    (
        f"{Q}: s=a d=b.example SSL error:04091068:rsa routines:INT_RSA_VERIFY:bad signature",
        "dkim-failed",
        "notice",
        False,
        {"dkim_selector": "a", "dkim_domain": "b.example"},
    ),
    (f"{Q}: bad signature data", "dkim-failed", "notice", False, {"reason": "bad signature data"}),
    (
        f"{Q}: key retrieval failed (s=n1, d=b.example): 'n1._domainkey.b.example' record not found",
        "dkim-failed",
        "notice",
        False,
        {"dkim_selector": "n1", "dkim_domain": "b.example", "queue_id": Q},
    ),
    (
        f"{Q}: key revoked (s=revoked1, d=newsforge.example, a=rsa-sha256)",
        "dkim-failed",
        "notice",
        False,
        {"dkim_selector": "revoked1", "dkim_domain": "newsforge.example"},
    ),
    (f"{Q}: signature expired", "dkim-failed", "notice", False, {"queue_id": Q}),
    (
        f"{Q}: no signing table match for 'editor@lists.harborlight.example'",
        "dkim-failed",
        "notice",
        False,
        {"reason": "no signing table match for 'editor@lists.harborlight.example'", "queue_id": Q},
    ),
    (f"{Q}: can't determine message sender; accepting", "dkim-failed", "notice", False, {}),
    (f"{Q}: can't parse From: header value ' <>'", "dkim-failed", "notice", False, {}),
    (f"{Q}: no MTA name match (host=a.example, MTA=smtpd)", "dkim-failed", "notice", False, {}),
    (f"{Q}: domain 'a.example' exempted, accepting", "client", "info", True, {}),
    (f"{Q}: error loading key 'k1'", "error", "error", False, {"reason": "error loading key 'k1'"}),
    (
        "k1: key data is not secure: /etc/opendkim/keys can be read or written by other users",
        "error",
        "error",
        False,
        {"reason": "k1: key data is not secure: /etc/opendkim/keys can be read or written by other users"},
    ),
    (
        "can't load key from /etc/opendkim/keys/hl2026.private: Permission denied",
        "error",
        "error",
        False,
        {"reason": "can't load key from /etc/opendkim/keys/hl2026.private: Permission denied"},
    ),
    (f"{Q}: signing table references unknown key 'x'", "error", "error", False, {"queue_id": Q}),
    ("smfi_opensocket() failed", "error", "error", False, {}),
    (f"{Q}: smfi_addheader() failed", "error", "error", False, {"queue_id": Q}),
    ("socket cleanup failed: Permission denied", "error", "error", False, {}),
    (
        "opendkim: /etc/opendkim.conf: configuration error at line 7: unrecognized parameter",
        "fatal",
        "error",
        False,
        {},
    ),
    ("OpenDKIM Filter v2.11.0 starting (args: -f)", "lifecycle", "info", False, {}),
    ("OpenDKIM Filter v2.11.0 terminating with status 0, errno = 0", "lifecycle", "info", False, {}),
    ("OpenDKIM Filter v2.11.0 terminating with status 71, errno = 13", "lifecycle", "error", False, {}),
    ("terminated with signal 11, restarting", "error", "error", False, {}),
    ("configuration reloaded from /etc/opendkim.conf", "lifecycle", "info", False, {}),
    ("can't configure DKIM library: no; continuing", "warning", "warning", False, {}),
    (
        f"{Q}: external host a.example attempted to send as b.example",
        "warning",
        "warning",
        False,
        {"queue_id": Q},
    ),
    ("a sentence of tomorrow's version", "other", "info", False, {}),
]


@pytest.mark.parametrize(
    ("text", "kind", "severity", "everyday", "expected"), SHAPES, ids=[shape[0][:60] for shape in SHAPES]
)
def test_shape(text: str, kind: str, severity: str, everyday: bool, expected: dict[str, Any]) -> None:  # noqa: FBT001
    found = event(text)
    assert (found["kind"], found["severity"], found["everyday"]) == (kind, severity, everyday)
    assert found["direction"] == "local"
    assert {name: found.get(name) for name in expected} == expected


def test_what_was_not_said_is_null() -> None:
    assert set(event("OpenDKIM Filter v2.11.0 starting (args: -f)")) == {
        "text",
        "kind",
        "severity",
        "everyday",
        "direction",
        "reason",
    }
    assert "client_name" not in event(f"{Q}: [192.0.2.9] [192.0.2.9] not internal")


@pytest.mark.parametrize(
    "forged",
    [
        "x field added (s=evil, d=bank.example)",
        "x: key data is not secure: y",
        "DKIM verification successful",
        "192.0.2.1 [192.0.2.1] not internal",
        "s=a d=bank.example SSL ",
    ],
)
def test_a_header_of_a_stranger_is_not_a_verdict(forged: str) -> None:
    found = event(f"{Q}: can't parse From: header value '{forged}'")
    assert (found["kind"], found["severity"]) == ("dkim-failed", "notice")
    assert not {"dkim_domain", "dkim_selector", "client_ip"} & set(found)


def real() -> pl.DataFrame:
    lines = (REAL / "logs/mail.log").read_text().splitlines()
    found = [m.group(1) for line in lines if (m := re.match(r".{15} \S+ opendkim\[\d+\]: (.*)$", line))]
    return understood(*found)


def test_every_real_line_is_known() -> None:
    assert Counter(real()["kind"]) == {
        "dkim-signed": 372,
        "client": 353,
        "dkim-failed": 26,
        "dkim-verified": 12,
        "lifecycle": 10,
        "error": 10,
    }


def test_verdicts_agree_with_the_truth() -> None:
    truth = json.loads((REAL / "truth.json").read_text())["dkim"]
    said: defaultdict[str, set[str]] = defaultdict(set)
    for row in real().filter(pl.col("queue_id").is_not_null()).iter_rows(named=True):
        said[row["queue_id"]].add(row["kind"])
    verdicts = {"dkim-verified", "dkim-failed"}
    # An expired signature and a short key leave no verdict in the log (LogResults was off).
    silent = {"expired", "short-key"}
    checked = [case for case in truth if case["kind"] == "verify"]
    assert len(checked) == 33
    for case in checked:
        want = {"dkim-verified"} if case["case"] == "good" else {"dkim-failed"}
        assert said[case["queue_id"]] & verdicts == (set() if case["case"] in silent else want), case


@given(st.lists(st.text(), max_size=8))
def test_any_text_is_taken_and_keeps_its_place(texts: list[str]) -> None:
    out = understood(*texts)
    assert out["text"].to_list() == texts
    assert set(out["kind"]) <= {kind.value for kind in Kind}
    assert set(out["severity"]) <= {severity.value for severity in Severity}
    assert out["everyday"].null_count() == 0


once = cache(understood)


@given(st.data())
def test_lines_do_not_look_at_their_neighbours(data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.sampled_from([shape[0] for shape in SHAPES]), min_size=1, max_size=12))
    together = understood(*texts)
    assert together.equals(pl.concat([once(text) for text in texts]))
