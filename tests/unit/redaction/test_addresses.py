"""IP addresses keep their kind and their neighbours, and nothing else."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.redaction.addresses import Addresses, assigned
from logscan.redaction.key import Key

KEY = Key(b"a key for tests")
DOCUMENTED = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
PUBLIC = ("8.8.8.8", "8.8.8.9", "93.184.216.34", "1.1.1.1", "151.101.1.69")


def network(text: str) -> int:
    return int(ip_address(text)) >> 8


def of_run(*texts: str) -> Addresses:
    """Return the addresses of a run in which these occur."""
    first = Addresses(KEY)
    for text in texts:
        first.four(text)
    return Addresses(KEY, assigned(KEY, first.seen))


def test_three_networks_get_the_documentation_ranges_and_the_rest_the_reserved_one() -> None:
    addresses = of_run(*PUBLIC)
    found = [ip_address(addresses.four(text) or "") for text in PUBLIC]
    documented = [one for one in found if any(one in net for net in DOCUMENTED)]
    assert len({int(one) >> 8 for one in documented}) == 3
    assert all(one in ip_network("240.0.0.0/4") for one in found if one not in documented)
    assert len(set(found)) == len(PUBLIC)


def test_neighbours_stay_neighbours() -> None:
    addresses = of_run(*PUBLIC)
    one, other, stranger = (network(addresses.four(text) or "") for text in ("8.8.8.8", "8.8.8.9", "1.1.1.1"))
    assert one == other != stranger


def test_all_of_a_network_stays_apart() -> None:
    addresses = of_run("93.184.216.34")
    found = {addresses.four(f"93.184.216.{host}") for host in range(256)}
    assert len(found) == 256
    assert {network(text or "") for text in found} == {network(addresses.four("93.184.216.1") or "")}


def test_where_networks_go_does_not_depend_on_their_order_and_no_two_meet() -> None:
    networks = list(range(100_000, 103_000))
    places = assigned(KEY, networks)
    assert places == assigned(KEY, reversed(networks))
    assert len(set(places.values())) == len(networks)
    assert max(places.values()) < network("255.255.255.0")


def test_places_that_collide_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Key.number

    def narrow(self: Key, kind: str, text: str, bits: int) -> int:
        return real(self, kind, text, bits) % 4 if kind.startswith("net ") else real(self, kind, text, bits)

    monkeypatch.setattr(Key, "number", narrow)
    assert len(set(assigned(KEY, range(7)).values())) == 7


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "127.0.0.53", "0.0.0.1", "255.255.255.255", "255.255.255.0", "224.0.0.251"]
)
def test_what_says_nothing_stays(text: str) -> None:
    assert Addresses(KEY).four(text) == text


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("10.1.2.3", "10.0.0.0/8"),
        ("172.20.1.5", "172.16.0.0/12"),
        ("192.168.1.5", "192.168.0.0/16"),
        ("169.254.1.5", "169.254.0.0/16"),
        ("100.72.1.5", "100.64.0.0/10"),
    ],
)
def test_private_addresses_stay_private(text: str, within: str) -> None:
    addresses = Addresses(KEY)
    found = addresses.four(text)
    assert found != text
    assert ip_address(found or "") in ip_network(within)
    assert not addresses.seen


@pytest.mark.parametrize("text", ["1.2.3", "1.2.3.4.5", "256.1.1.1", "a.b.c.d", "1.2.3.1000", "", "1.2.3.٤"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert Addresses(KEY).four(text) is None


def test_ipv6_goes_into_its_documentation_range_by_network() -> None:
    addresses = Addresses(KEY)
    one, other, stranger = (
        ip_address(addresses.six(text) or "")
        for text in ("2a01:4f8:1:2::53", "2A01:04F8:0001:0002:dead:beef:1:2", "2a01:4f8:1:3::53")
    )
    assert all(each in ip_network("2001:db8::/32") for each in (one, other, stranger))
    assert int(one) >> 64 == int(other) >> 64 != int(stranger) >> 64
    assert int(one) >> 80 == int(stranger) >> 80
    assert addresses.six("2A01:4F8:1:2::53") == str(one)


@pytest.mark.parametrize(
    ("text", "within"), [("fe80::1", "fe80::/10"), ("fd12:3456::9", "fc00::/7"), ("fc00::1", "fc00::/7")]
)
def test_ipv6_of_a_site_stays_of_a_site(text: str, within: str) -> None:
    found = Addresses(KEY).six(text)
    assert found != text
    assert ip_address(found or "") in ip_network(within)


@pytest.mark.parametrize("text", ["::1", "::", "ff02::1"])
def test_ipv6_that_says_nothing_stays(text: str) -> None:
    assert Addresses(KEY).six(text) == text


def test_a_mapped_address_is_mapped_to_the_same_as_the_bare_one() -> None:
    addresses = of_run("93.184.216.34")
    bare = addresses.four("93.184.216.34")
    assert addresses.six("::ffff:93.184.216.34") == f"::ffff:{bare}"
    assert addresses.six("::FFFF:5db8:d822") == f"::ffff:{bare}"


def test_a_zone_stays() -> None:
    found = Addresses(KEY).six("fe80::1%eth0") or ""
    assert found.endswith("%eth0")
    assert not found.startswith("fe80::1%")


@given(st.ip_addresses(v=4))
def test_every_ipv4_address_becomes_one(address: object) -> None:
    found = ip_address(of_run(str(address)).four(str(address)) or "")
    assert found.version == 4
    assert (found.is_loopback, found.is_multicast, found.is_unspecified) == (
        ip_address(str(address)).is_loopback,
        ip_address(str(address)).is_multicast,
        ip_address(str(address)).is_unspecified,
    )


@given(st.ip_addresses(v=6))
def test_every_ipv6_address_becomes_one(address: object) -> None:
    assert ip_address(Addresses(KEY).six(str(address)) or "").version == 6


@pytest.mark.parametrize("text", ["03:27:35", "a::b::c", "Net::DNS", "1:2:3:4:5:6:7:8:9", ":", "1.2.3.4"])
def test_what_is_no_ipv6_address_is_none(text: str) -> None:
    assert Addresses(KEY).six(text) is None
