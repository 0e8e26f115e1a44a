"""A site asked through WordPress's REST API, with an application password.

Sources: WordPress, wp-includes/rest-api/endpoints/class-wp-rest-plugins-controller.php and
class-wp-rest-themes-controller.php (WordPress 5.5 or newer); the REST API handbook, "Discovery".
The API knows no must-use plugins, no drop-ins and no updates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import requests

from plugwatch.errors import PlugwatchError
from plugwatch.inventories.containers import Hints, decode
from plugwatch.inventories.rest import rest_plugins, rest_themes
from plugwatch.inventories.sources.credentials import app_password, password_variable
from plugwatch.inventories.sources.server import Answer, Server, basic
from plugwatch.inventories.sources.spec import RestSpec, SourceSite
from plugwatch.model.inventory import Inventory

NAME = "rest"

_PRETTY, _PLAIN = "/wp-json", "/?rest_route="
_PLUGINS, _THEMES = "/wp/v2/plugins", "/wp/v2/themes"
_LINK = "https://api.w.org/"
_BLOCKED = "a security plugin or the host may block the REST API: let this user through, or use another source"


@dataclass(frozen=True)
class _Api:
    """A site's REST API: the address of its index, and who asks."""

    server: Server
    root: str
    user: str
    slug: str

    def ask(self, route: str) -> Answer:
        """The answer to one route."""
        return self.server.get(_route(self.root, route))


def fetch(spec: RestSpec, site: SourceSite) -> Inventory:
    """The plugins of a site and, where its user may see them, its themes.

    Raises UnknownError where the site does not answer now, PlugwatchError where the source or its password must be
    corrected.
    """
    server = Server(f"site '{site.slug}'", spec.url, basic(spec.user, app_password(site.slug)))
    api, answer = _discover(server, spec, site)
    if answer.status != 200:
        raise _refusal(api, answer)
    text = decode(answer.body, f"{server.place}, {_PLUGINS}")
    plugins = rest_plugins.parse(text, Hints("plugins"), asked_all=True)
    answer = api.ask(_THEMES)
    if answer.status in (401, 403):
        warning = f"the user '{spec.user}' may not see the themes ({answer.status}), so they are not listed"
        return _inventory(plugins, Inventory(NAME, (), warnings=(warning,)))
    if answer.status != 200 or not isinstance(answer.json(), list):
        raise PlugwatchError(f"{server.place}: its REST API lists plugins but no themes ({answer.status}); {_BLOCKED}")
    text = decode(answer.body, f"{server.place}, {_THEMES}")
    return _inventory(plugins, rest_themes.parse(text, Hints("themes"), asked_all=True))


def _inventory(plugins: Inventory, themes: Inventory) -> Inventory:
    return Inventory(
        NAME,
        plugins.components + themes.components,
        unparsed=plugins.unparsed + themes.unparsed,
        warnings=plugins.warnings + themes.warnings,
        complete_kinds=(plugins.complete_kinds & {"plugin"}) | (themes.complete_kinds & {"theme"}),
    )


def _route(root: str, route: str) -> str:
    """The address of a route; without pretty permalinks it is a parameter of the index's address."""
    return f"{root}{route}{'&' if '?' in root else '?'}per_page=100"


def _discover(server: Server, spec: RestSpec, site: SourceSite) -> tuple[_Api, Answer]:
    """The API, found where nearly every site has it, else where its front page says, and its list of plugins.

    Raises PlugwatchError where nothing answers as WordPress does.
    """
    api = _Api(server, f"{spec.url}{_PRETTY}", spec.user, site.slug)
    first = answer = api.ask(_PLUGINS)
    if not _is_api(first) and first.status not in (401, 403):
        for root in _other_roots(server, spec.url):
            api = replace(api, root=root)
            answer = api.ask(_PLUGINS)
            if _is_api(answer):
                break
    if _is_api(answer):
        return api, answer
    raise _no_api(server, first)


def _is_api(answer: Answer) -> bool:
    return answer.code is not None or (answer.status == 200 and isinstance(answer.json(), list))


def _other_roots(server: Server, base: str) -> list[str]:
    """Where the front page says that the API is, and where it always is too; only the path is taken from the page."""
    roots = []
    page = server.get(f"{base}/", authorized=False)
    for link in requests.utils.parse_header_links(page.headers.get("Link", "")):
        if link.get("rel") == _LINK:
            try:
                told, here = urlsplit(link["url"]), urlsplit(base)
            except ValueError:
                continue
            query = f"?{told.query}" if told.query else ""
            roots.append(f"{here.scheme}://{here.netloc}{told.path}{query}".rstrip("/"))
    roots.append(f"{base}{_PLAIN}")
    return [root for root in dict.fromkeys(roots) if root != f"{base}{_PRETTY}"]


def _no_api(server: Server, answer: Answer) -> PlugwatchError:
    status = answer.status
    if status == 401 and answer.headers.get("WWW-Authenticate", "").lower().startswith("basic"):
        return PlugwatchError(
            f"{server.place}: the web server itself asks for a password (401), which leaves none for WordPress; "
            "let /wp-json/ through there, or use another source"
        )
    if status in (401, 403):
        return PlugwatchError(f"{server.place}: {server.base} refuses every question ({status}); {_BLOCKED}")
    return PlugwatchError(
        f"{server.place}: no REST API of WordPress answers at {server.base} ({status}); correct the address, "
        "or use another source where a security plugin has switched it off"
    )


def _refusal(api: _Api, answer: Answer) -> PlugwatchError:
    """The sentence for an error that WordPress's REST API gives by its code."""
    place, code = api.server.place, answer.code
    if code == "rest_no_route":
        return PlugwatchError(
            f"{place}: its REST API has no list of plugins; it needs WordPress 5.5 or newer, or {_BLOCKED}"
        )
    if answer.status == 401 and _takes_no_passwords(api):
        return PlugwatchError(
            f"{place}: application passwords are switched off there; WordPress does that where it is not reached over "
            "HTTPS, and a security plugin may: switch them on, or use another source"
        )
    if answer.status == 401 and code is not None and code.startswith(("rest_cannot_view", "incorrect_", "invalid_")):
        return PlugwatchError(
            f"{place}: it does not take the user '{api.user}' with this application password; make a new one in that "
            f"user's profile and put it into {password_variable(api.slug)} or the keyring (if both are right, the web "
            "server drops the Authorization header)"
        )
    if answer.status == 403 and code is not None and code.startswith("rest_cannot_view"):
        return PlugwatchError(
            f"{place}: the user '{api.user}' may not see the plugins; name a user who may activate plugins"
        )
    return PlugwatchError(f"{place}: its REST API refuses the list of plugins ({answer.status} {code}); {_BLOCKED}")


def _takes_no_passwords(api: _Api) -> bool:
    """Whether the API's index names no application passwords among the ways to log in (since WordPress 5.6)."""
    index = api.server.get(f"{api.root}/", authorized=False).json()
    if not isinstance(index, dict) or "authentication" not in index:
        return False
    ways = index["authentication"]
    return not (isinstance(ways, dict) and "application-passwords" in ways)
