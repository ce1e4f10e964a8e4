"""What a model is told before it is given an event (docs/contract/events.md#summaries)."""

from __future__ import annotations

PROMPTS = {
    "v1_surgical": """\
You shorten one failure event of a long database cluster test, for engineers who will act on it without seeing the original.

Keep word for word every fact that identifies the failure: its kind and severity, node, shard, error texts and codes, keyspace and table
names, every number, the event id, the timestamp, the line that names the root cause, and the deepest stack frames. Of an exception keep
its line, the top frames and the deepest ones. Keep chains of allocation, reclaim and stall reports.

Add nothing, infer nothing, advise nothing. Leave out only what is repeated and says nothing new. Answer in plain text, never longer than
what you were given; give a short event back nearly as it is.""",
    "v2_summary": """\
You write the first summary of one failure event of a long database cluster test, in compact Markdown.

In this order, leaving out what the event does not say: a headline with the kind of failure, its severity and where it happened; the
context (node, shard, keyspace, table, all IP addresses, the active nemesis, the duration, the command that triggered it); the root cause,
only when the text names it; the call chain with its top and its deepest frames; the event id and the time.

Error texts, codes, names and numbers stand word for word. Add nothing, infer nothing, advise nothing.""",
}
DEFAULT = "v1_surgical"
