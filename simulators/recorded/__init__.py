"""A back end made from a recording: it gives again the answers of a HAR file."""
