"""What attackers send, on every surface that shows it, judged by parsers that are not ours."""
