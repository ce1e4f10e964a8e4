"""What clusters are, whatever the events: properties of docs/deduper.md#how-events-are-clustered."""

from __future__ import annotations

import random
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argus.features.deduper.clustering import Cluster, Clusters, Method, cluster
from argus.features.deduper.corpus import Corpus, Event
from argus.features.deduper.similar import CROWD, Neighbours, similarity
from argus.features.deduper.texts import normalise, shape, words
from tests.deduper.labelled import labelled
from tests.deduper.quality import quality

WORDS = ("reactor", "stalled", "for", "7", "412", "ms", "on", "shard", "compaction", "failed", "node", "timeout", "read", "write", "ks.t")
RUNS = [UUID(int=number) for number in range(3)]

messages = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=30)
events = st.builds(
    Event,
    run_id=st.sampled_from(RUNS),
    severity=st.sampled_from(("ERROR", "CRITICAL")),
    ts=st.integers(0, 50),
    event_id=st.uuids() | st.none(),
    event_type=st.sampled_from(("DatabaseLogEvent", "CoreDumpEvent")),
    node=st.sampled_from(("", "db-1", "db-2")),
    message=messages,
)


def clustered(of: list[Event], threshold: float = 0.85, method: Method = "near") -> Clusters:
    corpus = Corpus()
    for event in of:
        corpus.add(event)
    return cluster(corpus, threshold, method)


def plain(result: Clusters) -> list[object]:
    """The clusters without the order in which they came."""
    described = sorted(result.clusters, key=lambda one: (one.severity, one.event_type, one.text_hash))
    members = Counter((result.clusters[number].text_hash, address, alike) for number, address, alike in result.members())
    return [described, sorted(members.items(), key=repr)]


@settings(max_examples=100, deadline=None)
@given(st.lists(events, max_size=30), st.randoms(use_true_random=False), st.sampled_from((0.5, 0.7, 0.85, 1.0)))
def test_the_order_of_the_events_does_not_show(of: list[Event], dice: random.Random, threshold: float) -> None:
    other = list(of)
    dice.shuffle(other)
    assert plain(clustered(of, threshold)) == plain(clustered(other, threshold))


def test_of_three_in_a_row_the_most_frequent_one_is_the_middle_whatever_came_first() -> None:
    """The first is like the second and the second like the third, but not the first like the third."""
    rows = [[f"part{chr(97 + number)}" for number in range(20)] for _ in range(3)]
    rows[1][3] = rows[2][3] = "second"
    rows[2][11] = rows[2][12] = "third"
    texts = [" ".join(row) for row in rows]
    assert similarity(words(texts[0]), words(texts[2])) < 0.88 <= similarity(words(texts[1]), words(texts[2]))
    found = set()
    for order in ([0, 1, 1, 2], [2, 1, 0, 1], [1, 0, 2, 1], [0, 2, 1, 1]):
        of = [Event(RUNS[0], "ERROR", number, None, "DatabaseLogEvent", "", texts[number]) for number in order]
        found.add(tuple(sorted(one.size for one in clustered(of, 0.88).clusters)))
    assert found == {(4,)}


@settings(max_examples=100, deadline=None)
@given(st.lists(events, max_size=30), st.floats(0.5, 1.0))
def test_every_event_is_in_one_cluster_of_its_kind(of: list[Event], threshold: float) -> None:
    result = clustered(of, threshold)
    members = list(result.members())
    assert sum(one.size for one in result.clusters) == len(of) == len(members)
    for (number, address, _), event in zip(members, of, strict=True):
        one = result.clusters[number]
        assert (one.severity, one.event_type, address.ts) == (event.severity, event.event_type, event.ts)
        assert one.first_seen <= event.ts <= one.last_seen


@settings(max_examples=100, deadline=None)
@given(st.lists(events, max_size=30), st.floats(0.5, 0.999))
def test_members_reach_the_threshold_against_their_representative(of: list[Event], threshold: float) -> None:
    result = clustered(of, threshold)
    heads = [_texts_at(of, one) for one in result.clusters]
    for (number, _, alike), event in zip(result.members(), of, strict=True):
        text = words(shape(normalise(event.message)))
        assert alike >= threshold
        assert any(abs(similarity(text, head) - alike) < 1e-9 for head in heads[number])


def _texts_at(of: list[Event], one: Cluster) -> list[list[str]]:
    """What the representative of a cluster says; several where generated events share time and id."""
    where, kind = one.representative, (one.severity, one.event_type)
    found = [
        e for e in of if (e.ts, e.run_id, e.event_id) == (where.ts, where.run_id, where.event_id) and (e.severity, e.event_type) == kind
    ]
    return [words(shape(normalise(e.message))) for e in found]


@settings(max_examples=100, deadline=None)
@given(st.lists(events, max_size=30), st.sampled_from([(1.0, "near"), (0.6, "exact")]))
def test_with_threshold_one_or_method_exact_clusters_are_the_groups_of_equal_texts(of: list[Event], how: tuple[float, Method]) -> None:
    groups = Counter((e.severity, e.event_type, normalise(e.message)) for e in of)
    assert Counter(one.size for one in clustered(of, *how).clusters) == Counter(groups.values())


def event(message: str, ts: int = 0, severity: str = "ERROR", kind: str = "DatabaseLogEvent", number: int = 0) -> Event:
    return Event(RUNS[0], severity, ts, UUID(int=number), kind, "db-1", message)


def test_severities_and_types_never_mix() -> None:
    said = "reactor stalled for 7 ms on shard 3 in group main"
    result = clustered([event(said), event(said, severity="CRITICAL"), event(said, kind="CoreDumpEvent")])
    assert sorted(one.size for one in result.clusters) == [1, 1, 1]


def test_a_subset_of_words_is_not_the_same() -> None:
    whole = "failed to write sstable while flushing memtable of table standard1 and it will be retried by the controller"
    result = clustered([event(whole), event("failed to write sstable while flushing memtable")])
    assert len(result.clusters) == 2


def test_the_representative_is_the_earliest_event_of_the_text_with_most_events() -> None:
    often, seldom = (
        "compaction of table one failed with code aaa in main group",
        "compaction of table one failed with code bbb in main group",
    )
    result = clustered(
        [event(seldom, 1, number=1), event(often, 9, number=2), event(often, 5, number=3), event(seldom, 0, number=4), event(often, 7)]
    )
    (one,) = result.clusters
    assert one.size == 5
    assert one.representative.ts == 5
    assert (one.first_seen, one.last_seen) == (0, 9)
    assert [address.ts for address in one.sample] == [0, 1, 5, 7, 9]


def test_numbers_do_not_tell_failures_apart_so_another_run_has_the_same_signature() -> None:
    one, other = (
        clustered([event(f"2025-05-0{day} 10:00: (DatabaseLogEvent reactor stalled for {ms} ms on shard {day}")])
        for day, ms in ((1, 31), (7, 9))
    )
    assert one.clusters[0].signature == other.clusters[0].signature
    assert one.clusters[0].text_hash != other.clusters[0].text_hash


def test_no_chain_leads_from_one_failure_to_another() -> None:
    """Each text has one word of twenty other than the one before: neighbours are the same, the ends are not."""
    parts = [f"word{chr(97 + number)}" for number in range(20)]
    chain = []
    for number in range(20):
        parts[number] = f"other{chr(97 + number)}"
        chain.append(" ".join(parts))
    result = clustered([event(text) for text in chain])
    assert len(result.clusters) > 2
    assert all(alike >= 0.85 for _, _, alike in result.members())


@pytest.mark.parametrize("threshold", [0.6, 0.85])
def test_finding_one_among_very_many_alike_compares_with_a_bounded_number(threshold: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that share most of their words and are not the same would make the work grow with their square."""
    compared = 0

    def counted(one: list[str], other: list[str], least: float = 0.0) -> float:
        nonlocal compared
        compared += 1
        return 0.0

    monkeypatch.setattr("argus.features.deduper.similar.similarity", counted)
    monkeypatch.setattr("argus.features.deduper.similar.CROWD", 16)
    known = Neighbours(threshold)
    frame = [f"part{chr(97 + number)}" for number in range(20)]
    for number in range(400):
        assert known.place(" ".join([*frame, f"x{chr(97 + number % 26)}{chr(97 + number // 26)}"])) == (number, 1.0)
    assert CROWD >= 16
    assert compared <= 400 * 16
    assert len(known._index.keys) <= 2 * 16, "what is looked up is bounded as well"


@pytest.mark.parametrize("seed", [1, 20250301])
def test_labelled_failures_are_found_again(seed: int) -> None:
    """`make bench-deduper` judges ten thousand events of new seeds."""
    made = list(labelled(1500, seed))
    result = clustered([event for event, _ in made])
    found = quality((number, label) for (number, _, _), (_, label) in zip(result.members(), made, strict=True))
    assert found.precision >= 0.99
    assert found.recall >= 0.95
