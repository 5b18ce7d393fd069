"""The console: a Streamlit app over the HTTP API, for trying and administering ragtenancy."""
