"""The bodies of requests and replies: msgspec Structs, shared by the server and the client."""
