"""What somebody did, turned into a journey: clicks noted in a browser, or the requests of a HAR file."""
