"""Addresses: what may be asked, and what no file may be called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reamaze_async.attachments.addresses import Refused, checked, file_name, is_public, redirected


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:,x",
        "//host/x",
        "/x",
        "",
        "http://",
        "http://host:port/x",
        "http://[::1/x",
        "https://me:secret@host/x",
        "https://me@host/x",
    ],
)
def test_address_that_must_not_be_asked(url):
    """Only http and https, with a host and without a login."""
    with pytest.raises(Refused):
        checked(url)


def test_address_changed_on_the_way():
    """What is asked is what was given, but for what is never sent."""
    url = "https://host:8443/a%20b/c?x=1&sig=a%2Bb%3D"
    assert checked(f" {url}#part ") == url


def test_redirect_out_of_the_web():
    """A redirect may be relative, and leads nowhere that an address may not."""
    assert redirected("https://host/a/b?x", "../c") == "https://host/c"
    assert redirected("https://host/a", "//other/c") == "https://other/c"
    for location in ("file:///etc/passwd", "https://me:secret@host/", "http://[::1"):
        with pytest.raises(Refused, match="redirects to where nothing may be asked"):
            redirected("https://host/a", location)


PRIVATE = (
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "localhost",
    "",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_network_that_is_asked(address):
    """Addresses of this machine and of private networks are not public, in no notation."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_host_that_is_refused(address):
    """Addresses of the public internet are."""
    assert is_public(address)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("..", "file"),
        ("con.txt", "con.txt"),
        ("a/b\\c:d.pdf", "a_b_c_d.pdf"),
        ("r\u00e9sum\u00e9 (1).PDF", "resume_1.PDF"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x\0.png", "x.png"),
        (".htaccess", "htaccess"),
        ("-rf", "rf"),
        ("\u6587\u4ef6.docx", "file.docx"),
        (" label.PDF ", "label.PDF"),
        ("a" * 300 + ".jpeg", "a" * 75 + ".jpeg"),
        ("x." + "y" * 300, ("x." + "y" * 300)[:80]),
        ("", "label.png"),
        (None, "label.png"),
    ],
)
def test_hostile_name(name, end):
    """A name keeps what is harmless of it, behind a digest of the address."""
    found = file_name("https://host/files/label.png?x", name)
    assert re.fullmatch(r"[0-9a-f]{20}-(.*)", found)[1] == end


@pytest.mark.parametrize("url", ["http://[::1", "http://[x]/a", "", "?", "#"])
def test_address_that_cannot_be_taken_apart(url):
    """An address that is refused has a name all the same, by which it is told of."""
    assert re.fullmatch(r"[0-9a-f]{20}-\w+", file_name(url, None))


@given(st.text(), st.none() | st.text())
def test_name_that_a_shell_or_disk_reads_otherwise(path, name):
    """Whatever it is made of, a name is short, and of letters, digits, `.`, `_` and `-`."""
    found = file_name("https://host/" + path.replace("\\", ""), name)
    assert re.fullmatch(r"[0-9a-f]{20}-[A-Za-z0-9][A-Za-z0-9._-]*", found)
    assert len(found) <= 120


def test_two_addresses_of_one_name():
    """Files of equal names are two files."""
    assert file_name("https://host/1/a.png", "a.png") != file_name("https://host/2/a.png", "a.png")
