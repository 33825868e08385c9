"""`bin/demo --once`: the main job, headless, on services and a database of its own."""

from __future__ import annotations

import argparse

from launch import conversation_file
from launch.conversation_file import Unusable
from launch.environment import callers_settings, kept_secrets
from launch.inside import go_inside_venv
from launch.services import ThrowawayServices
from launch.signals import Asked, Signals
from launch.stack import Stack, prepare_database
from launch.terminal import Voice

#: Kommo is the sandbox's here, since consent at the real one needs a person and a browser.
_OF_KOMMO = ("KOMMO_", "PUBLIC_URL", "SANDBOX_ORIGINS")


def run_once(arguments: list[str], given: argparse.Namespace) -> int:
    """0: the result is on stdout; 1: the run failed; 2: the input is at fault."""
    conversation = None
    if given.conversation is not None:
        conversation = conversation_file.read(given.conversation)
    elif given.me or given.date_order:
        raise Unusable("--me and --date-order belong to a WhatsApp chat: add --conversation FILE.")
    signals = Signals()
    voice = Voice()
    go_inside_venv("demo", arguments, voice)
    if conversation is not None:
        conversation_file.check(conversation, me=given.me, date_order=given.date_order)
    # Imported here, since they need the packages.
    from launch.database import fresh_copy
    from launch.headless import Rep, print_result

    signals.listen()
    quiet = Voice(quiet=True)
    caller = {name: value for name, value in callers_settings().items() if not name.startswith(_OF_KOMMO)}
    try:
        voice.say("  starting")
        with ThrowawayServices(caller, quiet) as services:
            settings = kept_secrets() | caller | services.environment
            prepare_database(settings, quiet)
            if "DATABASE_URL" not in caller:
                # Each run begins without stored results and with its plan unused.
                settings["DATABASE_URL"] = fresh_copy(settings["DATABASE_URL"], "once")
            stack = Stack(
                settings,
                services.folder / "logs",
                quiet,
                fds=services.fds,
                with_worker=False,
                fixed_ports=False,
                is_hurried=lambda: signals.is_hurried,
            )
            with stack:
                rep = Rep(stack.web_url, stack.ready["kommo"], voice)
                voice.say("  connecting")
                if conversation:
                    rep.set_account(conversation)
                rep.connect()
                rep.open_session()
                lead_id = rep.add_lead(conversation) if conversation else int(stack.ready["kommo"]["lead_id"])
                result = rep.analyse(
                    lead_id, conversation, me=given.me, date_order=given.date_order, language=given.language
                )
                voice.end_line()
                signals.stopping()
        print_result(result)
    except Asked as asked:
        voice.end_line()
        return 128 + asked.number
    return 0
