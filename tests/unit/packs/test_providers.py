"""Whose server a host is: by the end of its name, whole labels, the longest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from logscan.model.problems import PackError
from logscan.packs.load import load
from logscan.packs.providers import load_providers

OURS = load_providers()

#: Names of servers as logs show them.
SERVERS = {
    "gmail-smtp-in.l.google.com": "google",
    "aspmx.l.google.com": "google",
    "alt4.aspmx.l.google.com": "google",
    "aspmx2.googlemail.com": "google",
    "outlook-com.olc.protection.outlook.com": "outlook-com",
    "hotmail-com.olc.protection.outlook.com": "outlook-com",
    "contoso-com.mail.protection.outlook.com": "microsoft-365",
    "contoso-com.mail.eo.outlook.com": "microsoft-365",
    "contoso-com.a-v1.mx.microsoft": "microsoft-365",
    "smtp.office365.com": "microsoft",
    "mta5.am0.yahoodns.net": "yahoo",
    "mx-aol.mail.gm0.yahoodns.net": "yahoo",
    "mx01.mail.icloud.com": "apple",
    "mx3.qq.com": "tencent",
    "mxbiz1.qq.com": "tencent-exmail",
    "163mx01.mxmail.netease.com": "netease",
    "126mx02.mxmail.netease.com": "netease",
    "yeahmx01.mxmail.netease.com": "netease",
    "qiye163mx01.mxmail.netease.com": "netease-qiye",
    "freemx1.sinamail.sina.com.cn": "sina",
    "sohumx.h.a.sohu.com": "sohu",
    "mx1.mail.aliyun.com": "aliyun",
    "mxn.mxhichina.com": "aliyun",
    "mx00.gmx.net": "gmx",
    "mx-ha02.web.de": "web-de",
    "mx00.kundenserver.de": "ionos",
    "mx00.t-online.de": "tonline",
    "smtp-in.orange.fr": "orange",
    "smtp-in.sfr.fr": "sfr",
    "mx1.free.fr": "free",
    "mxs.mail.ru": "mail-ru",
    "mx.yandex.ru": "yandex",
    "mx0a-00123456.pphosted.com": "proofpoint",
    "mx1-us1.ppe-hosted.com": "proofpoint-essentials",
    "eu-smtp-inbound-1.mimecast.com": "mimecast",
    "d123.a.ess.barracudanetworks.com": "barracuda",
    "cluster5.us.messagelabs.com": "messagelabs",
    "mx1.hc1-23.eu.iphmx.com": "cisco",
    "mx.zoho.com": "zoho",
    "mail.protonmail.ch": "proton",
    "in1-smtp.messagingengine.com": "fastmail",
    "mx1h1.comcast.net": "comcast",
    "mxsrv1.spamgateway.comodo.com": "comodo",
    "smtp.secureserver.net": "godaddy",
}


@pytest.mark.parametrize(("host", "provider"), SERVERS.items())
def test_a_server_is_known_by_the_end_of_its_name(host: str, provider: str) -> None:
    assert OURS.of_host(host) == provider
    assert OURS.of_host(host.upper() + ".") == OURS.of_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "mx.example.org",
        "notgoogle.com",
        "google.com.example.org",
        "localhost",
        "",
        "com",
        None,
        "192.0.2.1",
        "local",
    ],
)
def test_whole_labels_count_and_nothing_is_guessed(host: str | None) -> None:
    assert OURS.of_host(host) is None


@pytest.mark.parametrize(
    ("domain", "provider"),
    [("gmail.com", "google"), ("Hotmail.com", "outlook-com"), ("163.com", "netease"), ("qq.com", "tencent"),
     ("example.com", None), (None, None)],
)  # fmt: skip
def test_a_domain_of_addresses_is_known_too(domain: str | None, provider: str | None) -> None:
    assert OURS.of_domain(domain) == provider


def test_parts_of_one_whole_have_one_group() -> None:
    parts = {one.id for one in OURS.by_id.values() if OURS.group(one.id) == "microsoft"}
    assert parts == {"microsoft", "outlook-com", "microsoft-365"}
    assert all(one.group is None or one.group in OURS.by_id for one in OURS.by_id.values())


def test_no_ending_belongs_to_two() -> None:
    for endings in (
        [e for p in OURS.by_id.values() for e in p.mx],
        [e for p in OURS.by_id.values() for e in p.domains],
    ):
        assert [ending for ending, count in Counter(endings).items() if count > 1] == []


def test_every_provider_that_a_card_names_is_there() -> None:
    assert {card.provider for card in load().cards.values() if card.provider} <= set(OURS.by_id)
    assert len(OURS.by_id) >= 60


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "X"\n', "too short"),
        ('name = "Mine"\n', "'mx' is a required property"),
        ('name = "Mine"\nmx = ["*.example.org"]\n', "does not match"),
        ('name = "Mine"\nmx = ["com"]\n', "does not match"),
        ('name = "Mine"\nmx = ["example.org"]\nlinks = ["http://example.org/"]\n', "does not match"),
    ],
)
def test_what_is_no_provider_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "providers").mkdir()
    (tmp_path / "providers" / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_providers((str(tmp_path),))
    assert any(said in problem.reason for problem in refused.value.problems)


def test_a_site_s_own_provider_is_asked_too(tmp_path: Path) -> None:
    (tmp_path / "providers").mkdir()
    (tmp_path / "providers" / "mine.toml").write_text(
        'name = "Mine"\nmx = ["example.org"]\n', encoding="utf-8"
    )
    found = load_providers((str(tmp_path),))
    assert found.of_host("mx1.example.org") == "mine"
    assert found.name("mine") == "Mine"
    assert found.of_host("mx.yandex.ru") == "yandex"
