"""``plugwatch template``: the texts that leave the agency, and whether they hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import EXIT_PERSON, ConfigError, NotFoundError, PlugwatchError

if TYPE_CHECKING:
    from plugwatch.render.template_check import CheckedTemplates
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

    NAME is what 'template list' shows, such as client/en/closed.j2. 'plugwatch template edit' changes it.
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

    checked = check_templates([_folder(app)], language)
    if as_json:
        document = {"files": checked.files, "texts": checked.texts}
        print_json(document | {"findings": [_finding_document(finding) for finding in checked.findings]})
    else:
        _show_findings(checked)
    return EXIT_PERSON if checked.findings else 0


@template.command()
@click.argument("name", metavar="NAME")
@pass_app
def edit(app: App, name: str) -> int:
    """Change a template in your editor, and check it.

    A shipped one is copied to the workspace's folder 'templates' first, and its copy takes its place. The editor is
    that of $VISUAL or $EDITOR; without one you are told where the file is.
    """
    from plugwatch.render.template_check import check_template
    from plugwatch.render.templates import Templates

    file = _find(Templates([_folder(app)]).files(), name)
    path = _own(app, file)
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        click.echo(path)
        note("no editor is set ($VISUAL, $EDITOR): change this file with any, then check it")
        next_step("plugwatch template check")
        return 0
    try:
        click.edit(filename=str(path))
    except click.ClickException as error:
        _drop_copy(file, path)
        raise PlugwatchError(f"{error.message}; set EDITOR to an editor that works") from error
    if _drop_copy(file, path):
        note("nothing was changed, so the shipped one stays in use")
        return 0
    checked = check_template(file.name, [_folder(app)])
    _show_findings(checked)
    note(f"{path} is in use" if not checked.findings else f"{path} is in use, and needs you")
    return EXIT_PERSON if checked.findings else 0


def _own(app: App, file: TemplateFile) -> Path:
    """The workspace's own file of that name, made as a copy of the shipped one where there is none."""
    if file.own:
        return file.path
    path = _folder(app) / file.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as copy:
            copy.write(file.path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; look at its folder") from error
    return path


def _drop_copy(file: TemplateFile, path: Path) -> bool:
    """Take away a copy of ours that nobody has changed, for it would hide what a later release says better."""
    is_copy = not file.own and (not path.is_file() or path.read_bytes() == file.path.read_bytes())
    if is_copy:
        path.unlink(missing_ok=True)
    return is_copy


def _show_findings(checked: CheckedTemplates) -> None:
    from plugwatch.render.terminal import clean, count

    for finding in checked.findings:
        click.echo(clean(str(finding)))
    found = count(len(checked.findings), "finding") if checked.findings else "nothing was found"
    note(f"{count(checked.files, 'file')} tried in {checked.texts:,} texts: {found}")


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
