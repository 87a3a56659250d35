"""The network as ONNX graphs, which onnxruntime runs without torch."""

from taggers.export.network import export_network, export_quantised

__all__ = ["export_network", "export_quantised"]
