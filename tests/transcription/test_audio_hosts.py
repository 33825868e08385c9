"""Which links may be followed, whose hosts see the token, and which addresses are public. Pure."""

from __future__ import annotations

import pytest

from transcription.audio.addresses import is_public
from transcription.audio.hosts import HostKind, is_name, place_of, redirect_of
from transcription.errors import AudioRefused

SANDBOX = "http://127.0.0.1:8101"

ALLOWED = {
    "https://drive-c.kommo.com/download/a/b/c/data.m4a": (HostKind.KOMMO, True),
    "https://drive-g.kommo.com/download/a": (HostKind.KOMMO, True),
    "https://amojo.kommo.com/attachments/x.ogg": (HostKind.KOMMO, True),
    "https://drive.amocrm.ru/download/a": (HostKind.KOMMO, True),
    "https://drive-b.amocrm.com/download/a": (HostKind.KOMMO, True),
    "https://amojo.amocrm.ru/a": (HostKind.KOMMO, True),
    "https://calls.vendor.example/rec/1.mp3?key=1": (HostKind.EXTRA, False),
    f"{SANDBOX}/download/a": (HostKind.SANDBOX, True),
    "http://127.0.0.1:8105/signed": (HostKind.SANDBOX, False),
    "http://[::1]:8105/signed": (HostKind.SANDBOX, False),
}


@pytest.mark.parametrize("url", ALLOWED)
def test_an_allowed_link_is_told_whose_it_is_and_whether_it_may_see_the_token(url: str) -> None:
    place = place_of(
        url,
        extra_hosts=["calls.vendor.example"],
        exempt=[SANDBOX, "http://127.0.0.1:8105", "http://[::1]:8105"],
        kommo_origins=[SANDBOX],
    )
    assert (place.kind, place.is_kommo) == ALLOWED[url]
    assert place.url == url


def test_case_and_the_usual_port_make_no_difference_and_other_letters_are_escaped_once() -> None:
    place = place_of("HTTPS://Drive-C.KOMMO.com:443/download/Datei%20é.m4a?a=ü%2F&b")
    assert place.url == "https://drive-c.kommo.com/download/Datei%20%C3%A9.m4a?a=%C3%BC%2F&b"
    assert place.path == "/download/Datei%20%C3%A9.m4a"
    assert place_of("https://drive-c.kommo.com?a").target == "/?a"


def test_an_origin_of_kommos_that_is_not_exempt_opens_nothing() -> None:
    with pytest.raises(AudioRefused, match="audio_host_not_allowed"):
        place_of(f"{SANDBOX}/a", kommo_origins=[SANDBOX])


def test_the_storage_is_a_target_of_redirects_only_and_never_sees_the_token() -> None:
    url = "https://storage.googleapis.com/bucket/a.ogg?X-Goog-Signature=1"
    place = place_of(url, is_redirect=True)
    assert (place.kind, place.is_kommo) == (HostKind.STORAGE, False)
    with pytest.raises(AudioRefused, match="audio_host_not_allowed"):
        place_of(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost", "[::1]", "calls.vendor.example:8443"])
def test_support_cannot_allow_what_is_no_full_host_name(host: str) -> None:
    assert not is_name(host)
    with pytest.raises(AudioRefused, match="audio_host_not_allowed"):
        place_of(f"https://{host}/a", extra_hosts=[host])


def test_a_redirect_may_be_relative_and_may_not_hide_anything() -> None:
    place = place_of("https://drive-c.kommo.com/download/a?b")
    assert redirect_of(place, "../c") == "https://drive-c.kommo.com/c"
    assert redirect_of(place, "//evil.example/c") == "https://evil.example/c"
    for location in ("\thttps://evil.example", "https:\\\\evil.example", "/a#b", "https://[::1"):
        with pytest.raises(AudioRefused, match="audio_host_not_allowed"):
            redirect_of(place, location)


PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00::1",
)
NOT_PUBLIC = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::8.8.8.8", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::808:808"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:808:808::1", "3fff::1"),
    *("5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1", "ff02::1"),
    *("", "localhost", "127.1", "0177.0.0.1", "0x7f000001", "2130706433", "8.8.8.8 ", "8.8.8", "08.8.8.8", "[::1]"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public(address)
