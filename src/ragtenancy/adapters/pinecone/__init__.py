"""Vectors in Pinecone, one namespace per tenant."""
