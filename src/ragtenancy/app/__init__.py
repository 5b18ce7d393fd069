"""Use cases: each loads through ports, decides in the domain, stores through ports."""
