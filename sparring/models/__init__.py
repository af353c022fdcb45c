"""Registry of trained models: files, manifest, lineage, export to ONNX."""
