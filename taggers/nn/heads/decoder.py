"""A sequence of symbols from all states of another: a recurrent decoder with attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from taggers.nn.dropout import VariationalDropout
from taggers.nn.graph import Graph, linear, product
from taggers.nn.recurrent import Direction, Kind

_LEAST = 1e-20  # added to probabilities, so that none is without a logarithm
_FAR = -1e9  # added to the scores of padding


class Memory(NamedTuple):
    """What the decoder reads of B examples of S symbols."""

    states: Tensor  # (B, S, H)
    keys: Tensor  # (B, S, D)
    outside: Tensor  # (B, 1, S): _FAR at padding, 0 elsewhere
    copies: Tensor | None  # (B, S, V): 1 at the symbol that one of the source stands for

    def of(self, rows: Tensor) -> Memory:
        """That of some examples (b,)."""
        if len(rows) == len(self.states):
            return self
        rows = rows.to(self.states.device)
        copies = None if self.copies is None else self.copies[rows]
        return Memory(self.states[rows], self.keys[rows], self.outside[rows], copies)


class Decoder(nn.Module):
    """Symbols one after another, each from those before and from the states of the source.

    What an LSTM or GRU makes of the symbols before asks for states by a bilinear form, and both together give the next
    symbol ("general" global attention, Luong and others 2015); it starts from the last states of either direction.
    Where `copies` says for each of the source's symbols which symbol it stands for (0: none), what is attended to may
    be written as it stands, too: a gate says how likely (See and others 2017). Symbol 0 stands before the first and
    ends a sequence. `source` is the feature whose numbers are those of the source's symbols, `least_teaching` the
    chance at the end of the training that a symbol before is the target's.

    Nothing that is written goes back into what is attended to, so that in training, where the symbols before are given,
    all steps are one call.
    """

    copied: Tensor

    def __init__(
        self,
        kind: Kind,
        states: int,
        symbols: int,
        size: int,
        hidden_size: int,
        dropout: float = 0.0,
        copies: Sequence[int] | None = None,
        directions: Literal[1, 2] = 2,
        least_teaching: float = 1.0,
        source: str = "words",
    ) -> None:
        super().__init__()
        self.source, self._least_teaching = source, least_teaching
        self.symbols, self.hidden_size, self.directions = symbols, hidden_size, directions
        self.embedding = nn.Parameter(torch.empty(symbols, size).uniform_(-1.0, 1.0).mul_((3.0 / size) ** 0.5))
        self.start = nn.Linear(states, hidden_size)
        self.cell = Direction(kind, size, hidden_size)
        self.key = nn.Linear(states, hidden_size, bias=False)
        self.join = nn.Linear(states + hidden_size, hidden_size)
        self.emit = nn.Linear(hidden_size, symbols)
        self.gate = nn.Linear(hidden_size, 1) if copies is not None else None
        self.register_buffer("copied", torch.tensor(copies or [], dtype=torch.long), persistent=False)  # (sources,)
        self.dropout = VariationalDropout(dropout)
        self.teaching = 1.0  # the chance of each symbol of a target to be read, in training, in place of the own answer

    def at(self, share: float) -> None:
        """Be told that a share of the training is done: the chance falls evenly, from 1 to the least."""
        self.teaching = 1.0 - share * (1.0 - self._least_teaching)

    def read(self, states: Tensor, mask: Tensor, sources: Tensor) -> tuple[Memory, Tensor]:
        """States (B, S, H), what is real of them (B, S), the source's numbers (B, S); what the cell starts from
        (C, B, D).
        """
        size = states.shape[2] // self.directions
        rows, lengths = torch.arange(len(states), device=states.device), mask.sum(dim=1)  # (B,) each
        ends = torch.cat((states[rows, lengths - 1, :size], states[:, 0, size:]), dim=1)  # (B, H): of each direction
        begin = torch.tanh(self.start(ends))  # (B, D)
        carried = torch.stack([begin, *[torch.zeros_like(begin)] * (self.cell.carries - 1)])
        copies = None
        if self.gate is not None:
            copies = nn.functional.one_hot(self.copied[sources], self.symbols).float()  # (B, S, V)
            copies[:, :, 0] = 0.0
        return Memory(states, self.key(states), torch.where(mask, 0.0, _FAR)[:, None], copies), carried

    def follow(self, memory: Memory, before: Tensor, carried: Tensor) -> tuple[Tensor, Tensor]:
        """The symbols before each (B, L), and what the cell has so far (C, B, D), to log probabilities (B, L, V)."""
        read = self.dropout(nn.functional.embedding(before, self.embedding))  # (B, L, E)
        asking, carried = self.cell.onward(read, carried)  # (B, L, D)
        return self.answer(memory, asking), carried

    def answer(self, memory: Memory, asking: Tensor) -> Tensor:
        """States of the cell (B, L, D) to log probabilities (B, L, V)."""
        scores = (asking @ memory.keys.transpose(1, 2)).float() + memory.outside  # (B, L, S)
        attention = torch.softmax(scores, dim=2)
        attended = attention.to(memory.states.dtype) @ memory.states  # (B, L, H)
        joined = self.dropout(torch.tanh(self.join(torch.cat((attended, asking), dim=2))))  # (B, L, D)
        emitted = self.emit(joined).float()
        if self.gate is None or memory.copies is None:
            return torch.log_softmax(emitted, dim=2)
        copied = torch.sigmoid(self.gate(joined).float()) * (attention @ memory.copies)  # (B, L, V)
        written = (1.0 - copied.sum(dim=2, keepdim=True)) * torch.softmax(emitted, dim=2)
        return torch.log(written + copied + _LEAST)

    def loss(self, states: Tensor, targets: Tensor, mask: Tensor, sources: Tensor) -> Tensor:
        """The surprise at the targets (B, L), zeros after each, and at their ends, summed over the batch."""
        memory, carried = self.read(states, mask, sources)
        lengths = (targets != 0).sum(dim=1)  # (B,)
        given, targets = (nn.functional.pad(targets, side) for side in ((1, 0), (0, 1)))  # (B, L + 1) each
        there = torch.arange(targets.shape[1], device=targets.device) <= lengths[:, None]  # (B, L + 1): ends included
        if self.teaching == 1.0:
            found, _ = self.follow(memory, given, carried)  # (B, L + 1, V)
        else:
            found = self._by_itself(memory, given, carried)
        chosen = found.gather(2, targets[:, :, None])[:, :, 0]  # (B, L + 1)
        return -(chosen * there).sum()

    def _by_itself(self, memory: Memory, given: Tensor, carried: Tensor) -> Tensor:
        """As `follow`, but that many symbols before are those that the decoder holds for the most probable.

        Source: scheduled sampling, Bengio and others 2015.
        """
        found: list[Tensor] = []
        before = given[:, :1]
        for step in range(given.shape[1]):
            if step:
                own = found[-1][:, 0].argmax(dim=1)  # (B,)
                told = torch.rand(own.shape, device=own.device) < self.teaching
                before = torch.where(told, given[:, step], own)[:, None]
            scores, carried = self.follow(memory, before, carried)
            found.append(scores)
        return torch.cat(found, dim=1)

    def step(self, memory: Memory, before: Tensor, carried: Tensor) -> tuple[Tensor, Tensor]:
        """The last symbols (B, W) of W beginnings of each example, and what their cells have (C, B, W, D): the same
        after them, and the log probabilities (B, W, V) of the next.
        """
        rows, beginnings = before.shape
        read = nn.functional.embedding(before.reshape(-1, 1), self.embedding)  # (B W, 1, E)
        asking, carried = self.cell.onward(read, carried.flatten(1, 2))  # (B W, 1, D), (C, B W, D)
        found = self.answer(memory, asking.view(rows, beginnings, -1))
        return found, carried.view(-1, rows, beginnings, self.hidden_size)

    def memory_nodes(self, graph: Graph, name: str, states: str, lengths: str) -> None:
        """Give out of states (B, S, H) what `read` makes of them."""
        width = self.start.in_features
        size = width // self.directions
        places = graph.node("Unsqueeze", [graph.node("Sub", [lengths, graph.constant(1)]), graph.constant([1])])
        last = graph.node("GatherND", [states, places], batch_dims=1)  # (B, H)
        first = graph.node("Gather", [states, graph.constant(0)], axis=1)  # (B, H)
        ends = [
            graph.node("Slice", [value, *map(graph.constant, ([begin], [end], [1]))])
            for value, begin, end in ((last, 0, size), (first, size, width))
        ]
        begin = graph.node("Tanh", [linear(graph, f"{name}.start", self.start, graph.node("Concat", ends, axis=1))])
        keys = product(graph, f"{name}.key.weight", self.key.weight, states)
        graph.output("states", states, "float32", ["B", "S", width])
        graph.output("keys", keys, "float32", ["B", "S", self.hidden_size])
        graph.output("begin", begin, "float32", ["B", self.hidden_size])

    def step_nodes(self, graph: Graph, name: str) -> None:
        """A graph of one step: what `step` is given, and what it gives, the parts of what is carried one by one."""
        size, width = self.hidden_size, self.start.in_features
        states = graph.given("states", "float32", ["B", "S", width])
        keys = graph.given("keys", "float32", ["B", "S", size])
        outside = graph.given("outside", "float32", ["B", 1, "S"])
        before = graph.given("before", "int32", ["B", "W"])
        carried = [graph.given(f"carried {part}", "float32", ["B", "W", size]) for part in range(self.cell.carries)]
        rows = graph.node("Gather", [graph.weight(f"{name}.embedding", self.embedding), before])  # (B, W, E)
        given = product(graph, f"{name}.cell.input_weight", self.cell.input_weight, rows)
        given = graph.node("Add", [given, self.cell.bias_nodes(graph, f"{name}.cell")])
        state, *cell = carried
        left = self.cell.step_nodes(graph, f"{name}.cell", given, state, next(iter(cell), None))
        asking = left[0]
        scores = graph.node("MatMul", [asking, graph.node("Transpose", [keys], perm=[0, 2, 1])])  # (B, W, S)
        attention = graph.node("Softmax", [graph.node("Add", [scores, outside])], axis=2)
        both = graph.node("Concat", [graph.node("MatMul", [attention, states]), asking], axis=2)
        joined = graph.node("Tanh", [linear(graph, f"{name}.join", self.join, both)])
        emitted = linear(graph, f"{name}.emit", self.emit, joined)
        if self.gate is None:
            found = graph.node("LogSoftmax", [emitted], axis=2)
        else:
            copies = graph.given("copies", "float32", ["B", "S", self.symbols])
            gate = graph.node("Sigmoid", [linear(graph, f"{name}.gate", self.gate, joined)])  # (B, W, 1)
            copied = graph.node("Mul", [gate, graph.node("MatMul", [attention, copies])])  # (B, W, V)
            rest = graph.node("ReduceSum", [copied, graph.constant([2])], keepdims=1)
            rest = graph.node("Sub", [graph.constant(1.0, "float32"), rest])
            written = graph.node("Mul", [rest, graph.node("Softmax", [emitted], axis=2)])
            whole = graph.node("Add", [graph.node("Add", [written, copied]), graph.constant(_LEAST, "float32")])
            found = graph.node("Log", [whole])
        graph.output("found", found, "float32", ["B", "W", self.symbols])
        for part, value in enumerate(left):
            graph.output(f"left {part}", value, "float32", ["B", "W", size])
