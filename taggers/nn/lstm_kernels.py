"""All of an LSTM but its products, for both directions at once: loops that `taggers.compiling` compiles.

The rows of a batch are sorted by length, longest first, and its N steps lie side by side: all rows of the first step,
then those that have a second, and so on. A step stands from `begin` to `end`; the next has the first of its rows.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Integers: TypeAlias = npt.NDArray[np.int64]

_HALF, _ONE = np.float32(0.5), np.float32(1.0)
_LARGEST = np.float32(7.90531110763549805)  # from here on tanh is 1
_OVER_13 = np.float32(-2.76076847742355e-16)
_OVER_11 = np.float32(2.00018790482477e-13)
_OVER_9 = np.float32(-8.60467152213735e-11)
_OVER_7 = np.float32(5.12229709037114e-08)
_OVER_5 = np.float32(1.48572235717979e-05)
_OVER_3 = np.float32(6.37261928875436e-04)
_OVER_1 = np.float32(4.89352455891786e-03)
_UNDER_6 = np.float32(1.19825839466702e-06)
_UNDER_4 = np.float32(1.18534705686654e-04)
_UNDER_2 = np.float32(2.26843463243900e-03)
_UNDER_0 = np.float32(4.89352518554385e-03)


def tanh(x: np.float32) -> np.float32:
    """Right to 3e-7. A quotient of polynomials (Eigen's), so that the compiler can work on several numbers at once.

    What is not a number stays so, that a training which diverged is noticed.
    """
    x = _LARGEST if x > _LARGEST else x
    x = -_LARGEST if x < -_LARGEST else x
    square = x * x
    over = _OVER_13 * square + _OVER_11
    over = over * square + _OVER_9
    over = over * square + _OVER_7
    over = over * square + _OVER_5
    over = over * square + _OVER_3
    over = over * square + _OVER_1
    under = _UNDER_6 * square + _UNDER_4
    under = under * square + _UNDER_2
    under = under * square + _UNDER_0
    return x * over / under


def squash(numbers: Floats) -> None:
    """tanh of every number, in place."""
    for k in range(numbers.shape[0]):
        numbers[k] = tanh(numbers[k])


def open_gates(numbers: Floats) -> None:
    """The logistic function of every number, in place."""
    for k in range(numbers.shape[0]):
        numbers[k] = _HALF * tanh(_HALF * numbers[k]) + _HALF


def step(
    gates: Floats,  # (2, N, 4 H) what inputs add to i, f, g, o; out: the gates
    added: Floats,  # (2, B, 4 H) what the states before add, from the second step on
    biases: Floats,  # (2, 4 H)
    cells: Floats,  # (2, N, H) out
    befores: Floats,  # (2, N, H) out: the states that the next step starts from
    result: Floats,  # (M, H) out
    places: Integers,  # (2, N) where a state goes in the result
    last: int,  # where the step before begins
    begin: int,
    end: int,
    rows_after: int,  # of the next step
) -> None:
    """One step forward."""
    size = cells.shape[2]
    zeros = np.zeros(size, np.float32)
    for side in range(2):
        for row in range(end - begin):
            at = begin + row
            found, cell, state = gates[side, at], cells[side, at], result[places[side, at]]
            add(found, biases[side])
            if begin:
                add(found, added[side, row])
            open_gates(found[: 2 * size])
            squash(found[2 * size : 3 * size])
            open_gates(found[3 * size :])
            mix(cell, cells[side, last + row] if begin else zeros, found)
            show(state, cell, found[3 * size :])
            if row < rows_after:
                befores[side, end + row] = state


def add(numbers: Floats, others: Floats) -> None:
    """Add others of the same shape, in place."""
    for k in range(numbers.shape[0]):
        numbers[k] += others[k]


def mix(cell: Floats, before: Floats, gates: Floats) -> None:
    """The cell (H,) after a step from that before and the gates (4 H,)."""
    size = cell.shape[0]
    enter, keep, candidate = gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size]
    for k in range(size):
        cell[k] = keep[k] * before[k] + enter[k] * candidate[k]


def show(state: Floats, cell: Floats, leave: Floats) -> None:
    """The state (H,) after a step from the cell and the last gate."""
    for k in range(cell.shape[0]):
        state[k] = leave[k] * tanh(cell[k])


def step_back(
    of_gates: Floats,  # (2, N, 4 H) out: gradient of what goes into the gates
    of_cells: Floats,  # (2, B, H) gradient of the cells of this step, zeros at the very last; out: of those before
    of_states: Floats,  # (2, B, H) gradient of the states of this step from the next, likewise
    of_result: Floats,  # (M, H)
    places: Integers,  # (2, N)
    gates: Floats,  # (2, N, 4 H)
    cells: Floats,  # (2, N, H)
    last: int,  # as in `step`
    begin: int,
    end: int,
) -> None:
    """The gradient through one step."""
    size = cells.shape[2]
    zeros = np.zeros(size, np.float32)
    for side in range(2):
        for row in range(end - begin):
            at = begin + row
            before = cells[side, last + row] if begin else zeros
            state = of_states[side, row]
            add(state, of_result[places[side, at]])
            retreat(of_gates[side, at], of_cells[side, row], state, gates[side, at], cells[side, at], before)


def retreat(
    of_gates: Floats,  # (4 H,) out
    of_cell: Floats,  # (H,) in and out
    of_state: Floats,  # (H,)
    gates: Floats,  # (4 H,)
    cell: Floats,  # (H,)
    before: Floats,  # (H,) the cell before
) -> None:
    """The gradient of one row."""
    size = cell.shape[0]
    enter, keep, candidate, leave = gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size], gates[3 * size :]
    of_enter, of_keep = of_gates[:size], of_gates[size : 2 * size]
    of_candidate, of_leave = of_gates[2 * size : 3 * size], of_gates[3 * size :]
    for k in range(size):
        shown = tanh(cell[k])
        of_this = of_cell[k] + of_state[k] * leave[k] * (_ONE - shown * shown)
        of_leave[k] = of_state[k] * shown * leave[k] * (_ONE - leave[k])
        of_enter[k] = of_this * candidate[k] * enter[k] * (_ONE - enter[k])
        of_keep[k] = of_this * before[k] * keep[k] * (_ONE - keep[k])
        of_candidate[k] = of_this * enter[k] * (_ONE - candidate[k] * candidate[k])
        of_cell[k] = of_this * keep[k]
