"""The API engine: customers walk a journey by its HTTP requests alone, without a browser, each in a thread."""
