"""``plugwatch template``: the texts that leave the agency, and whether they hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import EXIT_PERSON, NotFoundError

if TYPE_CHECKING:
    from plugwatch.render.templates import TemplateFile


@click.group()
def template() -> None:
    """The texts that leave the agency, and whether they hold."""


@template.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All templates and lists of words, and where each comes from.

    A file of the same name in the workspace's folder 'templates' takes a shipped one's place.
    """
    from plugwatch.render.templates import Templates
    from plugwatch.render.terminal import show_table

    files = Templates([_folder(app)]).files()
    if as_json:
        print_json([_document(file) for file in files])
        return
    show_table(("TEMPLATE", "FROM"), [(file.name, _origin(file)) for file in files])
    next_step(f"plugwatch template show {files[0].name}", "plugwatch template check")


@template.command()
@click.argument("name", metavar="NAME")
@json_option
@pass_app
def show(app: App, name: str, as_json: bool) -> None:
    """The source of a template.

    NAME is what 'template list' shows, such as client/en/closed.j2. To change the text, save it under that name in
    the workspace's folder 'templates'.
    """
    from plugwatch.render.templates import Templates
    from plugwatch.render.terminal import clean_lines

    templates = Templates([_folder(app)])
    file = _find(templates.files(), name)
    source = templates.read(file.name)
    if as_json:
        print_json(_document(file) | {"source": source})
        return
    click.echo(clean_lines(source), nl=False)
    note(f"\n{file.path} ({_origin(file)})")


@template.command()
@click.option("--language", metavar="TAG", help="Only the messages to clients in this language.")
@json_option
@pass_app
def check(app: App, language: str | None, as_json: bool) -> int:
    """Fill in all templates with invented facts, and check the texts."""
    from plugwatch.render.template_check import check_templates
    from plugwatch.render.terminal import clean, count

    checked = check_templates([_folder(app)], language)
    if as_json:
        document = {"files": checked.files, "texts": checked.texts}
        print_json(document | {"findings": [_finding_document(finding) for finding in checked.findings]})
    else:
        for finding in checked.findings:
            click.echo(clean(str(finding)))
        found = count(len(checked.findings), "finding") if checked.findings else "nothing was found"
        note(f"{count(checked.files, 'file')} tried in {checked.texts:,} texts: {found}")
    return EXIT_PERSON if checked.findings else 0


def _folder(app: App) -> Path:
    return app.workspace / "templates"


def _origin(file: TemplateFile) -> str:
    return "workspace" if file.own else "shipped"


def _find(files: tuple[TemplateFile, ...], name: str) -> TemplateFile:
    found = next((file for file in files if file.name in (name, f"{name}.j2", f"{name}.txt")), None)
    if found:
        return found
    from difflib import get_close_matches  # only for a slip of the fingers

    near = get_close_matches(name, [file.name for file in files], n=1)
    hint = f"did you mean '{near[0]}'?" if near else "see 'plugwatch template list'"
    raise NotFoundError(f"there is no template '{name}'; {hint}")


def _document(file: TemplateFile) -> dict[str, Any]:
    return {"name": file.name, "origin": _origin(file), "path": str(file.path)}


def _finding_document(finding: Any) -> dict[str, Any]:
    return {
        "file": str(finding.file),
        "line": finding.line,
        "check": finding.check,
        "detail": finding.detail,
        "sample": finding.sample,
    }
