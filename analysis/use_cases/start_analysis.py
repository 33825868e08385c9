"""From a request to a run: the row first, then the run on the event loop, on which the answer only listens."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from analysis import live
from analysis.live import LiveRun
from analysis.models import Analysis
from analysis.use_cases import lifecycle
from analysis.use_cases.run_analysis import attend, run_analysis
from analysis.wish import Wish
from convailens.lib import runs
from convailens.lib.sse import Channel


@dataclass(frozen=True, slots=True)
class Started:
    """An analysis that is under way, and what is said of it."""

    analysis: Analysis
    channel: Channel


def start_analysis(*, wish: Wish) -> Started:
    """Record the wish and start its run, or join the run that the same key started before.

    Called in a request's thread; the run begins after the row is committed. Raises Unprocessable (`key_reused`).
    """
    analysis, run = lifecycle.begin(wish)
    if run is None and (running := live.find(analysis.id)):
        return Started(analysis, running.channel)
    if run is not None:
        job = functools.partial(run_analysis, wish, run)
    else:
        # Done before, or running in another process: this one tells what becomes of it.
        run = LiveRun(analysis.id, analysis.attempt)
        job = functools.partial(attend, wish, analysis, run)
    run.channel.say("accepted", {"id": str(analysis.id), "state": analysis.state, "source": wish.source})
    if job.func is run_analysis:
        live.add(run)  # Seen by others only after it has spoken: from here on the channel belongs to the loop.
    runs.current().start(job)
    return Started(analysis, run.channel)
