"""Azure Cosmos DB: clients, keys, documents, chunks, conversations and jobs."""
