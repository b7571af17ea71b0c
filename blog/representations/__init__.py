"""Posts, comments, tags, files and accounts as objects for other programs: the shapes of WordPress's REST API."""
