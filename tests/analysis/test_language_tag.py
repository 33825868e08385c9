"""The language asked for is stored, so it may be a language and nothing else."""

from __future__ import annotations

import pytest

from analysis.serializers import ConversationRequestSerializer


@pytest.mark.parametrize("tag", ["en", "es", "pt-BR", "es-419", "zh-Hans-CN", "zh-Hant", "fil", "EN-gb"])
def test_a_language_with_its_script_and_region_is_taken(tag: str):
    assert ConversationRequestSerializer(data={"source": "auto", "output_language": tag}).is_valid()


@pytest.mark.parametrize(
    "tag", ["", "english", "en-expensive", "en-x-secret", "en-GB-oxendict", "en-12", "e", "en_GB", "en-GB en", "en-٤١٩"]
)
def test_a_tag_with_room_for_a_word_is_refused(tag: str):
    serializer = ConversationRequestSerializer(data={"source": "auto", "output_language": tag})
    assert not serializer.is_valid()
    assert set(serializer.errors) == {"output_language"}
