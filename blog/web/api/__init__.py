"""WordPress's REST API under /wp-json/, for programs that speak it.

No page of it is made from a session cookie: whoever calls is known by an application password alone.
"""

from blog.web.api.dispatch import Api

__all__ = ["Api"]
