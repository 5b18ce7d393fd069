"""Moving clients: bundles, and the single-tenant installation's prompts and namespace."""
