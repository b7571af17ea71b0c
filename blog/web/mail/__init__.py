"""The pages of links in mails. Looking (GET, HEAD) changes nothing; a POST acts, and its page offers to undo that."""
