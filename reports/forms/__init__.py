"""Forms of a report besides its page: Markdown, JUnit XML, and pictures as files of their own."""
