"""What looks like a secret or a trace of a server, whatever our ledger says."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    """A kind of text that looks like a secret or a trace of a server; ``holds`` tells whether a match really is one."""

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool] = lambda _: True
    secret: bool = False

    def show(self, text: str) -> str:
        """What a finding may repeat of it."""
        return f"{text[:6]}…" if self.secret else text


def _is_server_address(hit: re.Match[str]) -> bool:
    """Whether it is an address that tells of a server: not loopback, not for documentation (RFC 5737, RFC 3849)."""
    try:
        address = ipaddress.ip_address(hit[0])
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified or any(address in net for net in _DOCUMENTATION):
        return False
    before = hit.string[max(0, hit.start() - 60) : hit.start()]
    return address.version == 6 or not _VERSION_BEFORE.search(before)


def _is_random(hit: re.Match[str]) -> bool:
    """Whether six groups of four are an application password (WordPress makes them so) and not short English words."""
    return any(c.isdigit() for c in hit[0]) or any(c.isupper() for group in hit[0].split() for c in group[1:])


def _is_mail(hit: re.Match[str]) -> bool:
    """Images for dense screens are called ``icon@2x.png``; example.com is nobody's (RFC 2606)."""
    return re.search(r"@(?:\d+x\.[a-z]+|example\.(?:com|net|org))$", hit[0], re.IGNORECASE) is None


_DOCUMENTATION = tuple(
    ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
# Four-part version numbers look like IPv4 addresses: "version 1.2.3.4", "'version' => '1.2.3.4'", "@since 1.2.3.4",
# "define( 'NAME_VERSION', '1.2.3.4' )", "_deprecated_function( __METHOD__, '1.2.3.4' )".
_VERSION_BEFORE = re.compile(
    r"(?:\bv|(?:(?:\b|_)versions?|\brelease|@since|@version|@deprecated|(?<!\.)\bphp|\bwordpress)['\"]?[^\S\n]*(?:=>?|:|,)?|"
    r"[<>]=?|_deprecated_\w{1,20}[^\S\n]*\([^\n()]{0,40},)[^\S\n]*['\"]?$",
    re.IGNORECASE,
)
_WORDPRESS = r"(?:(?:secure_)?auth|logged_in|nonce)_(?:key|salt)|db_(?:password|user|name|host)"
_VALUE = r"['\"]?\s*(?:,|=>?|:|\bis\b)\s*['\"]?"
_NO_CALL = r"(?!\w+(?:\(|::|->))"  # what a function of the code gives is no secret that stands in it
TRACES = (
    Trace(
        "e-mail address",
        re.compile(r"(?<![\w.])\w[\w.+-]{0,63}@(?:[\w-]{1,63}\.)+[a-z]{2,63}\b", re.IGNORECASE),
        _is_mail,
    ),
    Trace("IP address", re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)"), _is_server_address),
    Trace(
        "IP address",
        re.compile(r"(?<![\w:.])(?=[0-9a-f:]{0,39}\d)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE),
        _is_server_address,
    ),
    # As hosts lay out their servers; "/users/" and "/customers/" are left out, for REST routes are called so.
    Trace(
        "server path",
        re.compile(
            r"(?<![\w.~%-])/(?:home\d?|usr/home|var/(?:www|lib|log|sites)|srv|kunden|nas/content|mnt|root|Users|vhosts|"
            r"opt/(?:bitnami|lampp)|data/www|www/(?:htdocs|wwwroot|vhosts))/[^\s'\"`<>()]+|"
            r"\b[A-Za-z]:\\{1,2}(?i:inetpub|users|www|wamp\w*|xampp|sites|home)\b[^\s'\"`<>]*|"
            r"(?<![^\s'\"`<>(])[^\s'\"`<>]{0,200}/public_html\b[^\s'\"`<>]*"
        ),
    ),
    Trace("WordPress secret", re.compile(rf"\b(?i:{_WORDPRESS})\b{_VALUE}[^\s'\"$;)]{{4,}}"), secret=True),
    Trace("application password", re.compile(r"(?<!\w)(?:[A-Za-z0-9]{4} ){5}[A-Za-z0-9]{4}(?!\w)"), _is_random, True),
    Trace(
        "key",
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{20,}|"
            r"\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bAKIA[0-9A-Z]{12,}|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}|"
            r"\beyJ[\w-]{10,}\.[\w-]{10,}|\bSG\.[\w-]{16,}|(?i:\bbearer\s+(?=\S{0,60}\d)[\w.~+/-]{16,})|"
            rf"(?i:\b(?:password|passwd|api[ _-]?key|secret|token)\b){_VALUE}{_NO_CALL}(?=[^\s'\"]{{0,60}}\d)"
            r"[^\s'\"$()]{8,}"
        ),
        secret=True,
    ),
    # Envato's purchase codes are UUIDs, EDD's licence keys 32 hexadecimal digits, others groups of capitals and digits.
    Trace(
        "licence code",
        re.compile(
            r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]{0,31}\d)[0-9a-f]{32}\b|"
            r"\b(?=[A-Z-]{0,40}\d)(?:[A-Z0-9]{4,8}-){2,}[A-Z0-9]{4,8}\b|"
            rf"(?i:\b(?:licen[cs]e|purchase|activation)[ _-]?(?:key|code)\b){_VALUE}(?=\S{{0,40}}\d)[\w-]{{6,}}"
        ),
        secret=True,
    ),
)
