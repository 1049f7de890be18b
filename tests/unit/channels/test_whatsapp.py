"""Where files of WhatsApp messages may lie."""

import socket

import pytest
from yarl import URL

from bridge.channels.whatsapp.hosts import Hosts, NotPublic, public_socket

PROXY = "http://127.0.0.1:4013"


@pytest.mark.parametrize(
    ("api_url", "url", "credentials", "begins", "follows"),
    [
        ("", "https://api.twilio.com/2010-04-01/x", True, True, True),
        ("", "https://api.dublin.ie1.twilio.com/x", True, True, True),
        ("", "https://mms.twiliocdn.com/x", False, True, True),
        ("", "https://media.twiliocdn.com/x", False, True, True),
        ("", "https://s3-external-1.amazonaws.com/media.twiliocdn.com/x", False, False, True),
        ("", "https://api.twilio.com:8443/x", False, True, True),
        ("", "http://api.twilio.com/x", False, False, False),
        ("", "http://api.twilio.com:443/x", False, False, False),
        ("", "https://eviltwilio.com/x", False, False, True),
        ("", "https://twilio.com.evil.example/x", False, False, True),
        ("", "https://api.twilio.com@evil.example/x", False, False, True),
        ("", "https://169.254.169.254/latest/meta-data", False, False, True),
        (PROXY, PROXY + "/x", True, True, True),
        (PROXY, "http://127.0.0.1:4014/x", False, False, True),
        (PROXY, "https://api.twilio.com/x", False, True, True),
        ("https://proxy.example", "http://proxy.example/x", False, False, False),
    ],
)
def test_files_begin_at_twilio_and_credentials_stay_there(
    api_url: str, url: str, credentials: bool, begins: bool, follows: bool
) -> None:
    hosts = Hosts(api_url)
    address = URL(url)
    found = (hosts.gets_credentials(address), hosts.may_begin(address), hosts.may_follow(address))
    assert found == (credentials, begins, follows)


@pytest.mark.parametrize(
    ("api_url", "is_inside"),
    [
        ("", False),
        (PROXY, True),
        ("http://localhost:4013", True),
        ("http://[::1]:4013", True),
        ("http://10.1.2.3", True),
        ("https://proxy.example", False),
        ("https://8.8.8.8", False),
    ],
)
def test_only_an_api_in_our_network_has_its_files_there(api_url: str, is_inside: bool) -> None:
    assert Hosts(api_url).is_inside is is_inside


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
    ],
)
def test_no_socket_leads_into_a_network_of_our_own(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(NotPublic):
        public_socket((family, socket.SOCK_STREAM, 0, "", (address, 443)))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_sockets_lead_to_everywhere_else(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public_socket((family, socket.SOCK_STREAM, 0, "", (address, 443))).close()
