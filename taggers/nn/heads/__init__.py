"""States to a loss or to answers: one module per kind of answer."""
