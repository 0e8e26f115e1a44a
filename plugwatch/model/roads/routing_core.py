"""The roads to those who make what every site runs on: WordPress with its own themes, and PHP.

Sources: make.wordpress.org/core/handbook (Trac, pull requests that name a ticket), meta's site.html for where reports
of WordPress.org go, wordpress.org/about/security; github.com/php/php-src, README and SECURITY.md.
"""

from __future__ import annotations

from plugwatch.model.component import PHP
from plugwatch.model.roads.disclosure import Door
from plugwatch.model.roads.routing_roads import CLOSED, DOUBTFUL, OPEN, UNKNOWN, Opinion, doors_of
from plugwatch.model.vendors.facts import VendorFacts, is_bundled

_DEVELOP, _GUTENBERG, _PHP = "WordPress/wordpress-develop", "WordPress/gutenberg", "php/php-src"
_PHP_DOORS = (
    Door("policy", f"https://github.com/{_PHP}/security/advisories/new", "PHP's SECURITY.md asks for it"),
    Door("policy", "security@php.net", "PHP's SECURITY.md names it for those who cannot use the form"),
)


def weigh_core(facts: VendorFacts, road: str) -> Opinion:
    """What one road is worth for WordPress, one of its own themes, or PHP."""
    if facts.component == PHP:
        return _php(road)
    return _wordpress(facts, road)


def doors_to(facts: VendorFacts) -> tuple[Door, ...]:
    """The private doors for a matter of security in any component."""
    return _PHP_DOORS if facts.component == PHP else doors_of(facts)


def _wordpress(facts: VendorFacts, road: str) -> Opinion:
    bundled = is_bundled(facts.component)
    ours = "the themes that come with WordPress" if bundled else "WordPress itself"
    if road == "trac":
        named = ", component Bundled Theme" if bundled else ""
        return Opinion(OPEN, 95, facts.core_trac_url, (f"{ours}: reports and patches go to core.trac{named}",))
    if road == "github-pr":
        mirrored = "a pull request whose text names its Trac ticket is shown on that ticket"
        return Opinion(OPEN, 85, _DEVELOP, (mirrored,), ("it needs a ticket on core.trac first",))
    if road == "github-issue":
        only = f"{_DEVELOP} takes no issues; those of the block editor go to {_GUTENBERG}"
        return Opinion(CLOSED, 0, _DEVELOP, (), (only,))
    if road == "forum":
        page = f"theme/{facts.component.slug}" if bundled else "forum/how-to-and-troubleshooting"
        help_only = "it is for help; what is known to be a bug goes to core.trac"
        return Opinion(DOUBTFUL, 30, f"{facts.forum_url.rstrip('/')}/{page}/", ("anybody may ask there",), (help_only,))
    if road == "security":
        return _private(doors_to(facts))
    return _without_address(road, "WordPress")


def _private(doors: tuple[Door, ...]) -> Opinion:
    others = tuple(f"else {door.address}" for door in doors[1:])
    return Opinion(DOUBTFUL, 0, doors[0].address, (doors[0].why, *others), ("it is for matters of security alone",))


def _php(road: str) -> Opinion:
    if road == "github-issue":
        return Opinion(OPEN, 95, _PHP, ("PHP takes reports as issues there",), ("a script of few lines must show it",))
    if road == "github-pr":
        return Opinion(OPEN, 85, _PHP, ("PHP takes pull requests there",))
    if road == "security":
        return _private(_PHP_DOORS)
    if road in ("trac", "forum"):
        return Opinion(CLOSED, why_not=("WordPress.org does not look after PHP",))
    return _without_address(road, "PHP")


def _without_address(road: str, name: str) -> Opinion:
    if road in ("email", "ticket"):
        return Opinion(CLOSED, why_not=(f"{name} takes no reports that way",))
    return Opinion(UNKNOWN, why_not=(f"no account is known; tell one with vendor set --{road}",))
