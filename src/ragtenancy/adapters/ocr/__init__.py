"""Local text recognition in pictures: RapidOCR on ONNX Runtime."""
