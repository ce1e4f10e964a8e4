"""The commands that edit a registry: `strangler --app …` has them for any application, an application may have them in its own command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from strangler import edit, moves
from strangler.moves import Subject
from strangler.registry import Lane, RegistryError
from strangler.state import Entry

Name = Annotated[str, typer.Argument(help="The blueprint.")]
Route = Annotated[str | None, typer.Option("--route", metavar="'METHOD PATH'", help="Only this route of the blueprint.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the journal.")]
File = Annotated[Path | None, typer.Option("--registry", metavar="FILE", exists=True, dir_okay=False, help="Another registry's file.")]
SubjectOf = Callable[[typer.Context, Path | None], Subject]
HEADS = ("WHEN", "WHO", "BY", "SUBJECT", "WHAT", "FROM", "TO", "WHY", "EVIDENCE")


def add_to(app: typer.Typer, subject_of: SubjectOf) -> None:
    """Register the commands. `subject_of` says what they are about: the file that was given by `--registry`, else the application's."""

    @app.command("set")
    def set_owner(
        context: typer.Context,
        name: Name,
        owner: Annotated[Lane, typer.Option("--owner", help="Who is to serve it.")],
        route: Route = None,
        why: Why = "",
        registry: File = None,
    ) -> None:
        """Give a blueprint, or one of its routes, to a framework. Running servers follow within a second; the file keeps its comments."""
        one, subject = _parts(route), subject_of(context, registry)
        changed = _change(subject, name, lambda text: edit.set_owner(text, owner, name, one), why)
        note(f"{route or name} is {owner}'s {'now' if changed else 'already'}.")

    @app.command()
    def canary(
        context: typer.Context,
        name: Name,
        percent: Annotated[float, typer.Option("--percent", min=0, max=100, help="Of the callers; 0 ends the canary.")],
        route: Route = None,
        why: Why = "",
        registry: File = None,
    ) -> None:
        """Give a share of the callers of a blueprint to the other lane. What the guard or the console had said of it ends."""
        one, subject = _parts(route), subject_of(context, registry)
        _change(subject, name, lambda text: edit.set_canary(text, percent, name, one), why)
        note(f"{route or name}: {f'{percent:g} % go to the other lane' if percent else 'no canary'}.")

    @app.command()
    def cutover(
        context: typer.Context,
        name: Name,
        parity: Annotated[Path | None, typer.Option("--parity", metavar="FILE", help="Another record of the parity suite.")] = None,
        force: Annotated[bool, typer.Option("--force", help="Whatever speaks against it; the journal says so.")] = False,
        why: Why = "",
        registry: File = None,
    ) -> None:
        """Give a blueprint to FastAPI. Refused while evidence is missing, or what Flask does around its routes is not acknowledged."""
        subject = subject_of(context, registry)
        try:
            against, evidence = moves.run(moves.evidence(subject, name, parity))
        except (moves.Refused, RegistryError) as error:
            fail(subject, error)
        if against and not force:
            fail(subject, moves.Refused(f"{name} stays where it is: {'; '.join(against)}"))
        forced = f"forced, although {'; '.join(against)}" if against else ""
        _change(subject, name, lambda text: edit.cut_over(text, name), why, "; ".join(filter(None, (forced, evidence))))
        note(f"{name} is fastapi's now{', by force' if against else ''}.")

    @app.command()
    def disable(context: typer.Context, name: Name, why: Why = "", registry: File = None) -> None:
        """Switch a blueprint off: its routes answer 503 with `Retry-After`, on whichever lane they are."""
        _change(subject_of(context, registry), name, lambda text: edit.set_enabled(text, name, False), why)
        note(f"{name} is switched off.")

    @app.command()
    def enable(context: typer.Context, name: Name, why: Why = "", registry: File = None) -> None:
        """Switch a blueprint on again."""
        _change(subject_of(context, registry), name, lambda text: edit.set_enabled(text, name, True), why)
        note(f"{name} is switched on.")

    @app.command()
    def rollback(context: typer.Context, name: Name, why: Why = "", registry: File = None) -> None:
        """Give a blueprint back to Flask, with all its routes and without canary. Needs no evidence, and no shared state that answers."""
        _change(subject_of(context, registry), name, lambda text: edit.roll_back(text, name), why)
        note(f"{name} is flask's now.")

    @app.command()
    def journal(
        context: typer.Context,
        name: Annotated[str | None, typer.Argument(help="A blueprint: only what concerns it.")] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Entries.")] = 50,
        as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    ) -> None:
        """Print who changed what about the registry, the last change first: by hand, by command, in the console, or the guard itself."""
        found = moves.run(moves.journal(subject_of(context, None), limit, name))
        if as_json:
            typer.echo(json.dumps([entry.as_dict() for entry in found], indent=2, default=str))
            return
        say_table(HEADS, map(_row, found))


def note(text: str) -> None:
    """Say something beside the answer."""
    typer.echo(text, err=True)


def fail(subject: Subject, error: Exception) -> NoReturn:
    """End with one line and exit code 1; what is wrong with the file names it."""
    typer.echo(f"Error: {f'{subject.file}: ' if isinstance(error, RegistryError) else ''}{error}", err=True)
    raise typer.Exit(1) from error


def say_table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The answer, in columns; nothing where there are no rows."""
    lines = [heads, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines if len(lines) > 1 else ():
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _row(each: Entry) -> tuple[str, ...]:
    at = f"{each.at:%Y-%m-%d %H:%M:%S}"
    return at, each.who, each.source, each.subject, each.what, each.before, each.after, each.why, each.evidence


def _parts(route: str | None) -> tuple[str, str] | None:
    if route is None:
        return None
    method, _, path = route.partition(" ")
    if not path.startswith("/"):
        raise typer.BadParameter("expected a method and a path, as in 'GET /books'", param_hint="--route")
    return method.upper(), path


def _change(subject: Subject, name: str, edited: moves.Edit, why: str, evidence: str = "") -> bool:
    """Whether the file says something else than before."""
    try:
        changed, left = moves.run(moves.change(subject, name, edited, why, evidence))
    except (moves.Refused, RegistryError, OSError) as error:
        fail(subject, error)
    if left:
        note(left)
    return changed
