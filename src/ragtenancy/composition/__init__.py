"""The one place that creates adapters: one function each, its return type the adapter's port."""
