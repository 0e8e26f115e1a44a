"""Every format is told from every other, and what is no list at all becomes no plugin in any of them."""

from __future__ import annotations

import importlib
import random
from pathlib import Path

import pytest
import rendering.samples
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import samples
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Hints
from plugwatch.inventories.registry import FORMATS, read
from plugwatch.model.inventory import Fleet

MODULES = sorted(path.stem for path in Path(rendering.samples.__file__).parent.glob("*.py"))
FORMAT_OF = {module: {"csv_table": "csv"}.get(module, module.replace("_", "-")) for module in MODULES}
RENDERERS = [module for module in MODULES if FORMAT_OF[module] in FORMATS]
TEXT_FORMATS = [name for name in FORMATS if name != "folder"]


def test_every_format_has_a_renderer() -> None:
    assert {FORMAT_OF[module] for module in RENDERERS} == set(TEXT_FORMATS)


@pytest.mark.parametrize("module", RENDERERS)
def test_a_format_is_found_by_its_text_alone(module: str) -> None:
    render = importlib.import_module(f"rendering.{module}").render

    @settings(max_examples=25, deadline=None)
    @given(samples.sites())
    def check(sample: tuple[SampleSite, random.Random]) -> None:
        site, chance = sample
        assert read(render(site, chance).text.encode(), source="x").format == FORMAT_OF[module]

    check()


@settings(max_examples=60, deadline=None)
@given(
    samples.sites(), st.sampled_from(RENDERERS), st.sampled_from([{}, {"slug": "Plugin"}, {"site": "name", "url": "x"}])
)
def test_a_damaged_text_gives_a_list_or_one_sentence_in_every_format(
    sample: tuple[SampleSite, random.Random], module: str, columns: dict[str, str]
) -> None:
    site, chance = sample
    text = importlib.import_module(f"rendering.{module}").render(site, chance).text
    for _ in range(3):
        start = chance.randint(0, len(text))
        piece = chance.choice(["", '"', "|", "\n", "\t", "`", "- ", "\\", "://", "'", ":", "\n\n", "[", "@1"])
        text = text[:start] + piece + text[start + chance.randint(0, 9) :]
    for fmt in (None, *TEXT_FORMATS):
        said = "x"
        try:
            read(text.encode(), source="x", fmt=fmt, hints=Hints(None, columns))
        except InputError as error:
            said = str(error)
        assert said.startswith("x")
        assert "\n" not in said


NOISE = {
    "notices": """\
PHP Notice:  Undefined index: acme in /srv/site/wp-content/plugins/acme-forms/acme-forms.php on line 7
Deprecated: Optional parameter $a declared before $b in /srv/site/wp-content/plugins/old-slider/x.php on line 3
[21-Nov-2026 10:00:00 UTC] PHP Warning:  Undefined array key 0 in wp-content/themes/shopfront/functions.php on line 9
PHP Fatal error:  Uncaught Error: Call to undefined function acme() in wp-content/plugins/seo/seo.php:12
Stack trace:
#0 wp-includes/class-wp-hook.php(324): acme_init()
""",
    "words": """\
Hello Ann,

the shop is down since the update. We deactivated the seo plugin, the author box, and stats, but the logo is gone.
Could you check contact-form-7 and wp-rocket, please? Version 5.3 was fine, 5.4 is not.

Best regards,
Bob
""",
    "one word a line": "Hello\nThanks\nRegards\nBob\n",
    "html": '<div class="plugin-card">\n<h3>Acme Forms</h3>\n<p>Version 1.2.3, active</p>\n<br />\n</div>\n',
    "post types": "Post Type Counts\n\npost: 41\npage: 12\nwpcode: 4\npopup: 42\nmc4wp-form: 2\nshop_order: 2113\n",
    "gd formats": "gd_formats: GIF, JPEG, PNG, WebP, BMP, AVIF, XPM\ngd_version: bundled (2.1.0 compatible)\n",
    "image formats": "GIF, JPEG, PNG, WebP, BMP, AVIF, XPM\n",
    "theme features": "core-block-patterns, post-thumbnails, automatic-feed-links, title-tag, html5, custom-logo\n",
    "server": "memory_limit: 256M\nmax_input_time: 60\nphp_version: 8.2.28 64bit\n",
    "json": '{"order": {"id": 12, "status": "completed", "version": "9.3.1", "items": [{"sku": "mug-1"}]}}\n',
    "json of users": '[{"ID": 1, "user_login": "bob", "display_name": "Bob", "roles": "administrator"}]\n',
    "json of orders": '[{"id": 7, "status": "processing", "total": "20.00", "billing": {"first_name": "Ann"}}]\n',
    "package.json": '{"name": "acme-theme", "version": "1.0.0", "dependencies": {"vue": "^3.4.0", "vite": "5.0.1"}}\n',
    "orders": "order_id,date,name,status,total\n1001,2026-05-01,Ann A.,completed,20\n1002,2026-05-02,Bob,active,9\n",
    "products": "ID,Type,SKU,Name,Published,Price\n1,simple,mug-1,Logo Mug,1,9.50\n2,variable,tee,Logo Tee,1,19\n",
    "users": "user_login,display_name,user_email,role\nbob,Bob,bob@acme.example,administrator\n",
    "posts": "ID\tpost_title\tpost_name\tpost_status\n1\tHello world\thello-world\tpublish\n",
    "git log": """\
commit 2e360bcd41f7a0b5c5d3f19a1c1f5de1c2b7a9e4
Author: Ann Author <ann@acme.example>
Date:   Sat Nov 21 10:00:00 2026 +0100

    Update acme-forms to 1.2.3, tidy-seo to 2.0

2e360bc Update acme-forms to 1.2.3
6386184 Remove hello-dolly
""",
    "diff": "diff --git a/list.txt b/list.txt\n--- a/list.txt\n+++ b/list.txt\n@@ -1,2 +1,2 @@\n-acme 1.2\n+acme 1.3\n",
    "php": """\
<?php
add_filter( 'auto_update_plugin', '__return_false' );
$plugins = array( 'name' => 'Acme', 'version' => '1.2.3', 'status' => 'active' );
fputcsv( $out, array( 'Plugin', 'Version', 'Status' ) );
return $plugins;
""",
    "sql": "SELECT\n  slug, version, status\nFROM wp_items\nWHERE name, file IS NOT NULL;\n",
    "python": "def read(name, version):\n    if name in plugins:\n        return version\n    else:\n        pass\n",
    "update results": """\
Downloading update from https://downloads.wordpress.org/plugin/acme-forms.1.2.4.zip...
Unpacking the update...
+------------+-------------+-------------+---------+
| name       | old_version | new_version | status  |
+------------+-------------+-------------+---------+
| acme-forms | 1.2.3       | 1.2.4       | Updated |
+------------+-------------+-------------+---------+
Success: Updated 1 of 1 plugins.
""",
    "update results as csv": "name,old_version,new_version,status\nacme-forms,1.2.3,1.2.4,Updated\n",
    "markdown": "| name | old_version | new_version | status |\n|-|-|-|-|\n| acme | 1.2 | 1.3 | Updated |\n",
    "search": """\
Success: Showing 2 of 130 plugins.
+----------------+----------------+--------+
| name           | slug           | rating |
+----------------+----------------+--------+
| Acme Forms     | acme-forms     | 98     |
| Tidy SEO       | tidy-seo       | 80     |
+----------------+----------------+--------+
""",
    "search as csv": "name,slug,rating\nAcme Forms,acme-forms,98\nTidy SEO,tidy-seo,80\n",
    "search as json": '[{"name":"Acme Forms","slug":"acme-forms","rating":9},{"name":"Tidy","slug":"tidy","rating":8}]',
    "search as yaml": "---\n- \n  name: Acme Forms\n  slug: acme-forms\n  rating: 98\n",
    "checksums": "plugin_name,file,message\nacme-forms,readme.txt,Checksum does not match\n",
    "crons": "hook,next_run_gmt,next_run_relative,recurrence\nwp_version_check,2026-05-01 10:00:00,now,12 hours\n",
    "server table": "| Component | Version |\n|-----------|---------|\n| PHP | 8.2 |\n| MariaDB | 10.11 |\n",
    "tasks": "## Plugins\n\n- [ ] check updates\n- [x] call hosting\n\n| Task | Owner |\n|---|---|\n| Update | Ann |\n",
    "yaml": "services:\n  web:\n    image: nginx:1.27\n    environment:\n      - WP_DEBUG=1\n",
    "log": """\
203.0.113.7 - - [21/Nov/2026:10:00:00 +0100] "GET /wp-content/plugins/acme-forms/style.css?ver=1.2.3 HTTP/2" 200 512
2026-11-21 10:00:01 [error] 12#12: *7 FastCGI sent in stderr: "PHP message: acme", client: 203.0.113.7
""",
    "usage": "Elements Usage:\n\nbutton: 12\nheading: 40\nimage-box: 3\nicon-list: 2\n",
    "legend": "Legend: A = Active, I = Inactive, U = Update Available\n",
}  # fmt: skip


@pytest.mark.parametrize("noise", NOISE)
def test_what_is_no_list_gives_no_component_in_any_format(noise: str) -> None:
    for fmt in (None, *TEXT_FORMATS):
        try:
            found = read(NOISE[noise].encode(), source="x", fmt=fmt)
        except InputError:
            continue
        assert fmt is not None, f"taken for {found.format}"
        inventories = [site.inventory for site in found.sites] if isinstance(found, Fleet) else [found]
        read_from = [row for inventory in inventories if inventory for row in inventory.components]
        assert read_from == [], f"read as {fmt}"
