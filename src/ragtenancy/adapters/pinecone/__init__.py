"""Vectors in Pinecone, one namespace a tenant."""
