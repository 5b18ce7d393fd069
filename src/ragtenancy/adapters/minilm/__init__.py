"""A local sentence model, run by onnxruntime and tokenizers."""
