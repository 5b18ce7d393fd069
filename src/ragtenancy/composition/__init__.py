"""The one place that makes adapters: a function each, its return type the port it fits."""
