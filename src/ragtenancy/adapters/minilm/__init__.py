"""A local sentence model, by onnxruntime and tokenizers."""
