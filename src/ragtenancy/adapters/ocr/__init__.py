"""Reading the text of pictures on this machine: RapidOCR by ONNX Runtime."""
