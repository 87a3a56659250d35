"""taggers: a BiLSTM-CRF sequence labelling toolkit."""
