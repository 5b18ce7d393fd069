"""Moving clients: bundles, prompts and namespaces of the single-tenant installation."""
