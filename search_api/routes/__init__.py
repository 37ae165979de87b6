"""The addresses of the API, one module a subject. A route turns HTTP into a call and back, and decides nothing."""
