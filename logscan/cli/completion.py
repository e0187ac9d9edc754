"""`logscan completion SHELL`: the script that makes a shell complete logscan's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> None:
    """Print the script with which SHELL completes commands, options, files, zones and cards.

    \b
    bash   logscan completion bash > ~/.local/share/bash-completion/completions/logscan
    zsh    logscan completion zsh > ~/.zfunc/_logscan
           (and in .zshrc, before compinit: fpath+=~/.zfunc)
    fish   logscan completion fish > ~/.config/fish/completions/logscan.fish

    A shell that is open already learns it when it is started anew. For all users, the folders are
    /usr/local/share/bash-completion/completions, /usr/local/share/zsh/site-functions and
    /usr/local/share/fish/vendor_completions.d.
    """
    made = get_completion_class(shell)
    if made is None:  # click has all three
        raise click.UsageError(f"This version of click knows no {shell}.")
    # Not `made.source()`: bash's starts another bash to ask for its version.
    asked = made(click.Group("logscan"), {}, "logscan", "_LOGSCAN_COMPLETE")
    click.echo(asked.source_template % asked.source_vars())
