"""The `facelatch-models` command, and the `pack` commands that it shares with `facelatch`.

Importing this package imports no NumPy: `facelatch pack` must answer at once.
"""

from __future__ import annotations


def main() -> None:
    """Run `facelatch-models`."""
    import sys

    import typer

    from facelatch_models.cli import assemble, attributes, console, detection, evaluate, pack
    from facelatch_models.train import command as train

    app = typer.Typer(
        no_args_is_help=True,
        help="Packs of networks: build, train, measure, calibrate.",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.add_typer(pack.app, name="pack")
    app.command("evaluate")(evaluate.evaluate)
    app.command("calibrate")(evaluate.calibrate)
    app.command("detection")(detection.detection)
    app.command("attributes")(attributes.attributes)
    app.command("assemble")(assemble.assemble_pack)
    app.add_typer(train.app, name="train")
    sys.exit(console.ended(app, "facelatch-models", sys.argv[1:]))
