"""Micropub and IndieAuth: other programs publish here, with a token that somebody gave them at the consent page.

https://www.w3.org/TR/micropub/ and https://indieauth.spec.indieweb.org/
"""

from starlette.routing import Route, Router

from blog.web.micropub import authorization, endpoint, exchange, media
from blog.web.micropub.answers import answering

ANY = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]


def router() -> Router:
    """Return the routes of Micropub and IndieAuth."""
    return Router(
        [
            Route("/micropub", answering(get=endpoint.show, post=endpoint.create), methods=ANY),
            Route("/micropub/media", answering(get=media.show, post=media.create), methods=ANY),
            Route("/indieauth/authorize", authorization.new),
            Route("/indieauth/authorize", answering(post=exchange.identify), methods=["POST", "OPTIONS"]),
            Route("/indieauth/consent", authorization.create, methods=["POST"]),
            Route("/indieauth/token", answering(get=exchange.verify, post=exchange.create), methods=ANY),
            Route("/indieauth/introspection", answering(post=exchange.introspect), methods=ANY),
            Route("/indieauth/revocation", answering(post=exchange.revoke), methods=ANY),
            Route("/.well-known/oauth-authorization-server", answering(get=exchange.metadata), methods=ANY),
        ]
    )
