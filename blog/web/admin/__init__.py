"""The desk: what signed-in people see and do. Its one door is checked for every route."""

from starlette.routing import Route

from blog.web.admin import (
    closures,
    comments,
    decisions,
    log,
    overview,
    posts,
    sessions,
    settings,
    treatments,
    waiting,
    writing,
)
from blog.web.admin.door import Door

ROUTES = [
    Route("/", overview.show),
    Route("/setup", sessions.setup),
    Route("/setup", sessions.set_up, methods=["POST"]),
    Route("/login", sessions.new),
    Route("/login", sessions.create, methods=["POST"]),
    Route("/logout", sessions.destroy, methods=["POST"]),
    Route("/keys", sessions.keys, methods=["POST"]),
    Route("/comments", comments.index),
    Route("/comments/{id:int}", comments.show),
    Route("/comments/{id:int}/place", comments.place),
    Route("/comments/{id:int}/revision", treatments.revise, methods=["POST"]),
    Route("/comments/{id:int}/answer", treatments.answer, methods=["POST"]),
    Route("/comments/{id:int}/note", treatments.note, methods=["POST"]),
    Route("/comments/{id:int}/later", treatments.leave, methods=["POST"]),
    Route("/comments/{id:int}/move", treatments.move, methods=["POST"]),
    Route("/comments/{id:int}/lock", treatments.lock, methods=["POST"]),
    Route("/comments/{id:int}/standing", treatments.stand, methods=["POST"]),
    Route("/decisions", decisions.create, methods=["POST"]),
    Route("/batches/{id:int}/reversal", decisions.reverse, methods=["POST"]),
    Route("/posts", posts.index),
    Route("/posts/closures", closures.create_many, methods=["POST"]),
    Route("/posts/new", writing.new),
    Route("/posts/new", writing.create, methods=["POST"]),
    Route("/posts/{slug}/edit", writing.edit),
    Route("/posts/{slug}/edit", writing.update, methods=["POST"], max_body_size=4 * writing.TEXT_BODY),
    Route("/posts/{slug}/unsaved", writing.keep, methods=["POST"], max_body_size=4 * writing.TEXT_BODY),
    Route("/posts/{slug}/images", writing.upload, methods=["POST"], max_body_size=4 * writing.PICTURE_BODY),
    Route("/posts/{slug}/preview", writing.preview),
    Route("/posts/{slug}/closure", closures.create, methods=["POST"]),
    Route("/posts/{slug}/opening", closures.destroy, methods=["POST"]),
    Route("/posts/{slug}/following", closures.follow, methods=["POST"]),
    Route("/posts/{slug}/{file}", writing.file),
    Route("/closure", closures.create, methods=["POST"]),
    Route("/opening", closures.destroy, methods=["POST"]),
    Route("/waiting", waiting.create, methods=["POST"]),
    Route("/waiting/{key}", waiting.show),
    Route("/log", log.index),
    Route("/settings/discussion", settings.edit),
    Route("/settings/discussion", settings.update, methods=["POST"]),
]

__all__ = ["ROUTES", "Door"]
