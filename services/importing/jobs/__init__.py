"""The job of an import: sent, previewed, confirmed, written step by step."""
