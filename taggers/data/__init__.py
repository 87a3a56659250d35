"""Corpora, vocabularies, indexers and batches: numpy arrays throughout, never torch."""
