"""Trained models: where they are kept, what is known about them, and how they become ONNX files."""

from sparring.models.manifest import Manifest, check_plays, manifest_for, read_manifest
from sparring.models.reference import ModelRef
from sparring.models.registry import Registry

__all__ = ["Manifest", "ModelRef", "Registry", "check_plays", "manifest_for", "read_manifest"]
