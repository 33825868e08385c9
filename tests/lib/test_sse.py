"""Server-sent events: every reader gets everything, in order, whenever it joins."""

from __future__ import annotations

import asyncio

from convailens.lib.sse import Channel, frame


def test_a_frame_is_one_event_whatever_line_breaks_the_text_has():
    assert frame("summary", {"delta": "a\nb\r\u2028c"}).decode().count("\n") == 3


async def _read(channel: Channel) -> list[str]:
    return [event async for event, _ in channel.replay()]


def test_readers_that_join_early_late_and_after_the_end_get_the_same():
    async def scene() -> list[list[str]]:
        channel = Channel()
        early = asyncio.create_task(_read(channel))
        await asyncio.sleep(0)
        channel.say("accepted", {})
        channel.say("facts", {})
        await asyncio.sleep(0)
        late = asyncio.create_task(_read(channel))
        await asyncio.sleep(0)
        channel.say("result", {})
        channel.close()
        channel.say("more", {})
        return [await early, await late, await _read(channel)]

    assert asyncio.run(scene()) == [["accepted", "facts", "result"]] * 3


def test_a_quiet_stream_has_a_heartbeat_and_ends_with_the_channel():
    async def scene() -> list[bytes]:
        channel = Channel()
        stream = channel.stream(heartbeat_s=0.01)
        first = await anext(stream)
        channel.say("result", {"id": 1})
        channel.close()
        return [first, *[chunk async for chunk in stream]]

    chunks = asyncio.run(scene())
    assert chunks[0] == b": still here\n\n"
    assert b"".join(chunks).endswith(frame("result", {"id": 1}))


def test_waiting_for_the_end_gives_up_in_time_and_keeps_nothing_waiting():
    async def scene() -> tuple[object, object]:
        channel = Channel()
        channel.say("accepted", {})
        early = await channel.wait_closed(0.01)
        channel.say("result", {"id": 1})
        channel.close()
        return early, await channel.wait_closed(1)

    assert asyncio.run(scene()) == (None, ("result", {"id": 1}))


def test_a_reader_that_leaves_does_not_disturb_the_others():
    async def scene() -> list[str]:
        channel = Channel()
        leaver = asyncio.create_task(_read(channel))
        stayer = asyncio.create_task(_read(channel))
        await asyncio.sleep(0)
        leaver.cancel()
        channel.say("result", {})
        channel.close()
        return await stayer

    assert asyncio.run(scene()) == ["result"]
