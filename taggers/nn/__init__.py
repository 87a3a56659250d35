"""The layers of a model: tensors in, tensors out; no strings, no files, no configuration."""
