"""The reader's own page: each own comment and where it stands, changes, withdrawal, mails, all data, erasure."""

from starlette.routing import Route

from blog.web import posts
from blog.web.your_comments import changes, opening, page

ROUTES = [
    Route("/your-comments/", page.show),
    Route("/your-comments", posts.redirect_to_slash),
    Route("/your-comments/link", opening.ask_page),
    Route("/your-comments/link", opening.ask, methods=["POST"]),
    Route("/your-comments/open/{token}/", opening.open_link),
    Route("/your-comments/code", opening.code_page),
    Route("/your-comments/code", opening.code, methods=["POST"]),
    Route("/your-comments/leave", opening.leave, methods=["POST"]),
    Route("/your-comments/mails/", page.mails),
    Route("/your-comments/mails/", page.change_mails, methods=["POST"]),
    Route("/your-comments/download", page.download),
    Route("/your-comments/erasure", page.erasure),
    Route("/your-comments/erasure", page.erase, methods=["POST"]),
    Route("/your-comments/{id:int}/edit", changes.edit),
    Route("/your-comments/{id:int}/edit", changes.update, methods=["POST"]),
    Route("/your-comments/{id:int}/withdraw", changes.ask_withdrawal),
    Route("/your-comments/{id:int}/withdraw", changes.withdraw, methods=["POST"]),
    Route("/your-comments/{id:int}/restoration", changes.bring_back, methods=["POST"]),
]
