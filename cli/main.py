"""The `croupier` command: each subcommand is a module beside this one."""

import logging

import typer

from cli import contracts, dlq, policy, roster, stack
from cli.agent import agent
from cli.chat import chat
from cli.conform.command import conform
from cli.demo.command import demo
from cli.explain import explain
from cli.mask import mask
from cli.replay import replay
from cli.send import send
from cli.simulate import simulate
from cli.staff import staff
from cli.status import status
from cli.token import token
from cli.understand import understand
from cli.up import up

app = typer.Typer(
    name="croupier",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold customers' messages
    help="Deals customer-support tickets to agents.",
)
app.add_typer(contracts.app, name="contracts")
app.add_typer(stack.app, name="stack")
app.add_typer(roster.app, name="roster")
app.add_typer(policy.app, name="policy")
app.add_typer(dlq.app, name="dlq")
app.command()(demo)
app.command()(up)
app.command()(send)
app.command()(status)
app.command()(explain)
app.command()(understand)
app.command()(mask)
app.command()(conform)
app.command()(agent)
app.command()(chat)
app.command()(token)
app.command()(simulate)
app.command()(staff)
app.command()(replay)


def main() -> None:
    """Run the command line."""
    # what goes wrong with the broker is said in a sentence, see told_plainly
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    app()
