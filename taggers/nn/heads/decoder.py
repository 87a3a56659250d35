"""A sequence of symbols from all states of another: a recurrent decoder with attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from taggers.nn.dropout import VariationalDropout
from taggers.nn.graph import Graph, linear, product, side_by_side
from taggers.nn.heads.ends import ends, ends_nodes
from taggers.nn.heads.interface import Head
from taggers.nn.recurrent import Kind, Recurrence

_FAR = -1e9  # added to the scores of padding
_REACH = 8  # places on either side that have a number of their own


class Memory(NamedTuple):
    """What the decoder reads of B examples of S symbols."""

    states: Tensor  # (B, S, H)
    keys: Tensor  # (B, S, D)
    outside: Tensor  # (B, 1, S): _FAR at padding, 0 elsewhere

    def of(self, rows: Tensor) -> Memory:
        """That of some examples (b,)."""
        return self if len(rows) == len(self.states) else Memory(*(part[rows.to(part.device)] for part in self))


class Kept(NamedTuple):
    """What dropout multiplies with at every step: symbols before, and what an answer is made of."""

    read: Tensor | float  # (B, 1, E)
    joined: Tensor | float  # (B, 1, D)


class DecoderHead(Head):
    """Symbols one after another, each from those before and from the states of the source.

    What an LSTM or GRU makes of the symbols before asks for states by a bilinear form, and both together give the next
    symbol ("general" global attention, Luong and others 2015); it starts from the last states of either direction. How
    far a state is from the place that is written adds a number, learnt from a start that prefers what is near, since
    most of what is read is written in its order (clipped relative positions, Shaw and others 2018). Symbol 0 stands
    before the first and ends a sequence.

    Nothing that is written goes back into what is attended to, so that in training, where the symbols before are given,
    all steps are one call. `teacher_forcing` is the chance, at the end of the training, that they are given.
    """

    def __init__(
        self,
        kind: Kind,
        states: int,
        symbols: int,
        size: int,
        hidden_size: int,
        dropout: float = 0.0,
        teacher_forcing: float = 1.0,
        directions: Literal[1, 2] = 2,
    ) -> None:
        super().__init__()
        self.symbols, self.hidden_size, self.directions = symbols, hidden_size, directions
        self.embedding = nn.Parameter(torch.empty(symbols, size).uniform_(-1.0, 1.0).mul_((3.0 / size) ** 0.5))
        self.start = nn.Linear(states, hidden_size)
        self.cell = Recurrence(kind, size, hidden_size)
        self.key = nn.Linear(states, hidden_size, bias=False)
        self.near = nn.Parameter(-0.3 * torch.arange(-_REACH, _REACH + 1).abs().float())
        self.join = nn.Linear(states + hidden_size, hidden_size)
        self.emit = nn.Linear(hidden_size, symbols)
        self.dropout = VariationalDropout(dropout)
        self._at_end = teacher_forcing
        self.teacher_forcing = 1.0  # the chance of each symbol before to be the target's, and not the own answer

    def at(self, share: float) -> None:
        """Be told that a share of the training is done: the chance falls evenly, from 1 to that at the end."""
        self.teacher_forcing = 1.0 - share * (1.0 - self._at_end)

    def read(self, states: Tensor, mask: Tensor) -> tuple[Memory, Tensor]:
        """States (B, S, H), and which (B, S) are real, to what is read of them, and the first state (C, B, D)."""
        begin = torch.tanh(self.start(ends(states, mask.sum(dim=1), self.directions)))  # (B, D)
        carried = torch.stack([begin, *[torch.zeros_like(begin)] * (self.cell.carries - 1)])
        return Memory(states, self.key(states), torch.where(mask, 0.0, _FAR)[:, None]), carried

    def follow(
        self, memory: Memory, before: Tensor, carried: Tensor, place: int = 0, kept: Kept | None = None
    ) -> tuple[Tensor, Tensor]:
        """The symbols before each (B, L), from a place on, and what the cell has so far (C, B, D), to log probabilities
        (B, L, V) of each, and what the cell has then.

        What dropout has `kept` is drawn where it is not given.
        """
        kept = kept or self._kept(memory)
        read = nn.functional.embedding(before, self.embedding) * kept.read  # (B, L, E)
        asking, carried = self.cell.onward(read, carried)  # (B, L, D)
        places = place + torch.arange(before.shape[1], device=before.device)  # (L,)
        return self._answer(memory, asking, places, kept.joined), carried

    def step(self, memory: Memory, before: Tensor, carried: Tensor, place: int) -> tuple[Tensor, Tensor]:
        """The last symbols (B, W) of W beginnings of each example, and what their cells have (C, B, W, D), to the log
        probabilities (B, W, V) of what is written at a place next, and what the cells have then.
        """
        rows, beginnings = before.shape
        read = nn.functional.embedding(before.reshape(-1, 1), self.embedding)  # (B W, 1, E)
        asking, carried = self.cell.onward(read, carried.flatten(1, 2))  # (B W, 1, D), (C, B W, D)
        places = torch.tensor([place], device=before.device)
        found = self._answer(memory, asking.view(rows, beginnings, -1), places)
        return found, carried.view(-1, rows, beginnings, self.hidden_size)

    def _kept(self, memory: Memory) -> Kept:
        """What dropout keeps at all steps of a batch."""
        read = self.embedding.new_empty(len(memory.keys), 1, self.embedding.shape[1])
        return Kept(self.dropout.factors(read), self.dropout.factors(memory.keys[:, :1]))

    def _answer(self, memory: Memory, asking: Tensor, places: Tensor, kept: Tensor | float = 1.0) -> Tensor:
        """States of the cell (B, L, D) at the places (L,) that are written, or all at one (1,), to log probabilities
        (B, L, V).
        """
        distances = torch.arange(memory.keys.shape[1], device=places.device) - places[:, None]  # (L, S)
        near = self.near[distances.clamp(-_REACH, _REACH) + _REACH]  # (L, S)
        scores = (asking @ memory.keys.transpose(1, 2)).float() + near + memory.outside  # (B, L, S)
        attended = torch.softmax(scores, dim=2).to(memory.states.dtype) @ memory.states  # (B, L, H)
        joined = torch.tanh(self.join(torch.cat((attended, asking), dim=2))) * kept  # (B, L, D)
        return torch.log_softmax(self.emit(joined).float(), dim=2)

    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """It has none: what a symbol scores depends on those before."""
        del states, mask
        raise TypeError("a decoder writes sequences")

    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """The surprise at the targets (B, L), zeros after each, and at their ends, summed over the batch."""
        memory, carried = self.read(states, mask)
        lengths = (targets != 0).sum(dim=1)  # (B,)
        given, targets = (nn.functional.pad(targets, side) for side in ((1, 0), (0, 1)))  # (B, L + 1) each
        there = torch.arange(targets.shape[1], device=targets.device) <= lengths[:, None]  # (B, L + 1): ends included
        if self.teacher_forcing == 1.0:
            found, _ = self.follow(memory, given, carried)  # (B, L + 1, V)
        else:
            found = self._by_itself(memory, given, carried)
        chosen = found.gather(2, targets[:, :, None])[:, :, 0]  # (B, L + 1)
        return -(chosen * there).sum()

    def _by_itself(self, memory: Memory, given: Tensor, carried: Tensor) -> Tensor:
        """As `follow`, but that some symbols before are those that the decoder holds for the most probable.

        Source: scheduled sampling, Bengio and others 2015.
        """
        found: list[Tensor] = []
        kept = self._kept(memory)
        before = given[:, :1]
        for place in range(given.shape[1]):
            if place:
                own = found[-1][:, 0].argmax(dim=1)  # (B,)
                told = torch.rand(own.shape, device=own.device) < self.teacher_forcing
                before = torch.where(told, given[:, place], own)[:, None]
            scores, carried = self.follow(memory, before, carried, place, kept)
            found.append(scores)
        return torch.cat(found, dim=1)

    def outputs(self, graph: Graph, name: str, ways: Sequence[str], lengths: str) -> None:
        """What `read` makes of the states, in place of scores: `step_nodes` goes on from there."""
        self.memory_nodes(graph, f"heads.{name}", ways, lengths)

    def memory_nodes(self, graph: Graph, name: str, ways: Sequence[str], lengths: str) -> None:
        """The same, of weights whose names begin with `name`."""
        states = graph.node("Transpose", [side_by_side(graph, ways, lengths)], perm=[1, 0, 2])
        last = graph.node("Concat", ends_nodes(graph, ways, lengths), axis=1)  # (B, H)
        begin = graph.node("Tanh", [linear(graph, f"{name}.start", self.start, last)])
        keys = product(graph, f"{name}.key.weight", self.key.weight, states)
        graph.output("states", states, "float32", ["B", "S", self.start.in_features])
        graph.output("keys", keys, "float32", ["B", "S", self.hidden_size])
        graph.output("outside", self._outside_nodes(graph, keys, lengths), "float32", ["B", 1, "S"])
        graph.output("begin", begin, "float32", ["B", self.hidden_size])

    def _outside_nodes(self, graph: Graph, keys: str, lengths: str) -> str:
        """What is added to the scores of the states of sources (B, 1, S)."""
        there = graph.node("Less", [_steps(graph, keys), graph.node("Unsqueeze", [lengths, graph.constant([1, 2])])])
        return graph.node("Where", [there, *(graph.constant(value, "float32") for value in (0.0, _FAR))])

    def step_nodes(self, graph: Graph, name: str) -> None:
        """A graph of one step: what `step` is given, and what it gives, the parts of what is carried one by one."""
        size, width = self.hidden_size, self.start.in_features
        states = graph.given("states", "float32", ["B", "S", width])
        keys = graph.given("keys", "float32", ["B", "S", size])
        outside = graph.given("outside", "float32", ["B", 1, "S"])
        before, place = graph.given("before", "int32", ["B", "W"]), graph.given("place", "int64", [])
        state, *cell = (graph.given(f"carried {i}", "float32", ["B", "W", size]) for i in range(self.cell.carries))
        rows = graph.node("Gather", [graph.weight(f"{name}.embedding", self.embedding), before])  # (B, W, E)
        given = product(graph, f"{name}.cell.input_weight", self.cell.input_weight, rows)
        given = graph.node("Add", [given, self.cell.bias_nodes(graph, f"{name}.cell")])
        left = self.cell.step_nodes(graph, f"{name}.cell", given, state, next(iter(cell), None))
        scores = graph.node("MatMul", [left[0], graph.node("Transpose", [keys], perm=[0, 2, 1])])  # (B, W, S)
        scores = graph.node("Add", [scores, self._near_nodes(graph, name, keys, place)])
        attention = graph.node("Softmax", [graph.node("Add", [scores, outside])], axis=2)
        both = graph.node("Concat", [graph.node("MatMul", [attention, states]), left[0]], axis=2)
        joined = graph.node("Tanh", [linear(graph, f"{name}.join", self.join, both)])
        emitted = linear(graph, f"{name}.emit", self.emit, joined)
        graph.output("found", graph.node("LogSoftmax", [emitted], axis=2), "float32", ["B", "W", self.symbols])
        for part, value in enumerate(left):
            graph.output(f"left {part}", value, "float32", ["B", "W", size])

    def _near_nodes(self, graph: Graph, name: str, keys: str, place: str) -> str:
        """What the distance of each state from a place adds (S,)."""
        distances = graph.node("Sub", [_steps(graph, keys), place])
        distances = graph.node("Clip", [distances, graph.constant(-_REACH), graph.constant(_REACH)])
        distances = graph.node("Add", [distances, graph.constant(_REACH)])
        return graph.node("Gather", [graph.weight(f"{name}.near", self.near), distances])


def _steps(graph: Graph, keys: str) -> str:
    """The numbers of the states (S,) that keys (B, S, D) are of."""
    longest = graph.node("Gather", [graph.node("Shape", [keys]), graph.constant(1)])  # S
    return graph.node("Range", [graph.constant(0), longest, graph.constant(1)])
