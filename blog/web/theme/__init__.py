"""The site's templates and style sheets."""
