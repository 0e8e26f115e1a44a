"""The list of a site from wherever its source says it is."""

from __future__ import annotations

from plugwatch.inventories import registry
from plugwatch.inventories.sources import wpcli
from plugwatch.inventories.sources.spec import FileSpec, RestSpec, SourceSite, Spec, resolve
from plugwatch.model.inventory import Inventory


def fetch(spec: Spec, site: SourceSite) -> Inventory:
    """What runs on the site now, as its source tells it.

    Raises UnknownError where the source cannot answer now but may later, else PlugwatchError; either names what to do.
    """
    if isinstance(spec, FileSpec):
        path = resolve(spec.path, site.workspace)
        return registry.one_site(registry.read_path(path), str(path))
    if isinstance(spec, RestSpec):
        from plugwatch.inventories.sources import rest  # requests is heavy

        return rest.fetch(spec, site)
    return wpcli.fetch(spec, site)
