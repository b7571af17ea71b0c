"""The desk: what signed-in people see and do. Each of its routes says which permission it needs."""

from starlette.middleware import Middleware
from starlette.routing import Router

from blog.web.admin import (
    account,
    closures,
    comment_actions,
    comment_detail,
    comments,
    decisions,
    filter_page,
    log,
    overview,
    palette,
    pending_form,
    people,
    posts,
    queue_feed,
    reauth,
    route,
    script,
    sessions,
    settings,
    users,
    writing,
)
from blog.web.admin.reauth import Reauth
from blog.web.admin.route import DeskRoute
from blog.web.middleware.security import PrivateAnswers

ROUTES = [
    DeskRoute("/", overview.show, needs="self"),
    DeskRoute("/setup", sessions.setup, needs="nobody"),
    DeskRoute("/setup", sessions.set_up, methods=["POST"], needs="nobody"),
    DeskRoute("/login", sessions.new, needs="nobody"),
    DeskRoute("/login", pending_form.sign_in, methods=["POST"], needs="nobody"),
    DeskRoute("/login/challenge", sessions.challenge, methods=["POST"], needs="nobody"),
    DeskRoute("/login/passkey", pending_form.sign_in_by_passkey, methods=["POST"], needs="nobody"),
    DeskRoute("/logout", sessions.destroy, methods=["POST"], needs="self"),
    DeskRoute("/keys", sessions.show_keys, needs="self"),
    DeskRoute("/keys", sessions.keys, methods=["POST"], needs="self"),
    DeskRoute("/confirmation", account.confirm, needs="self"),
    DeskRoute("/confirmation", account.confirmed, methods=["POST"], needs="self", confirm=Reauth()),
    DeskRoute("/confirmation/challenge", sessions.challenge, methods=["POST"], needs="self"),
    DeskRoute("/account", account.show, needs="self"),
    DeskRoute(
        "/account/password", account.change_password, methods=["POST"], needs="self", confirm=Reauth(every_time=True)
    ),
    DeskRoute("/account/sessions/removal", account.end_others, methods=["POST"], needs="self"),
    DeskRoute("/account/sessions/{key}/removal", account.end_session, methods=["POST"], needs="self"),
    DeskRoute("/account/passkeys", account.add_passkey, methods=["POST"], needs="self", confirm=Reauth()),
    DeskRoute("/account/passkeys/challenge", account.challenge, methods=["POST"], needs="self"),
    DeskRoute(
        "/account/passkeys/{key:int}/removal", account.remove_passkey, methods=["POST"], needs="self", confirm=Reauth()
    ),
    DeskRoute("/account/codes", account.make_codes, methods=["POST"], needs="self", confirm=Reauth()),
    DeskRoute("/users", users.index, needs="users"),
    DeskRoute("/users", users.create, methods=["POST"], needs="users", confirm=Reauth()),
    DeskRoute("/users/{key:int}/role", users.change_role, methods=["POST"], needs="users", confirm=Reauth()),
    DeskRoute("/users/{key:int}/password", users.change_password, methods=["POST"], needs="users", confirm=Reauth()),
    DeskRoute("/users/{key:int}/removal", users.destroy, methods=["POST"], needs="users", confirm=Reauth()),
    DeskRoute("/go", palette.show, needs="self"),
    DeskRoute("/script.json", script.show, needs="self"),
    DeskRoute("/people", people.index, needs="site"),
    DeskRoute("/people", people.decide, methods=["POST"], needs="site"),
    DeskRoute("/comments", comments.index, needs="moderate"),
    DeskRoute("/comments/{id:int}", comment_detail.show, needs="moderate"),
    DeskRoute("/comments/{id:int}/place", comment_detail.place, needs="moderate"),
    DeskRoute("/comments/{id:int}/revision", comment_actions.revise, methods=["POST"], needs="moderate"),
    DeskRoute("/comments/{id:int}/answer", comment_actions.answer, methods=["POST"], needs="moderate"),
    DeskRoute("/comments/{id:int}/note", comment_actions.note, methods=["POST"], needs="moderate"),
    DeskRoute("/comments/{id:int}/later", comment_actions.leave, methods=["POST"], needs="moderate"),
    DeskRoute("/comments/{id:int}/move", comment_actions.move, methods=["POST"], needs="site"),
    DeskRoute("/comments/{id:int}/lock", comment_actions.lock, methods=["POST"], needs="close"),
    DeskRoute("/comments/{id:int}/standing", comment_actions.set_sender, methods=["POST"], needs="site"),
    DeskRoute("/decisions", decisions.create, methods=["POST"], needs="moderate", confirm=Reauth(reauth.deletes)),
    DeskRoute("/batches/{id:int}/reversal", decisions.ask, needs="moderate"),
    DeskRoute("/batches/{id:int}/reversal", decisions.undo, methods=["POST"], needs="moderate"),
    DeskRoute("/batches/{id:int}/reason", decisions.give_reason, methods=["POST"], needs="moderate"),
    DeskRoute("/posts", posts.index, needs="close"),
    DeskRoute("/posts/closures", closures.create_many, methods=["POST"], needs="site"),
    DeskRoute("/posts/new", writing.new, needs="publish"),
    DeskRoute("/posts/new", writing.create, methods=["POST"], needs="publish"),
    DeskRoute("/posts/{slug}/edit", writing.edit, needs="publish"),
    DeskRoute("/posts/{slug}/edit", writing.update, methods=["POST"], needs="publish"),
    DeskRoute("/posts/{slug}/unsaved", writing.keep, methods=["POST"], needs="publish"),
    DeskRoute("/posts/{slug}/images", writing.upload, methods=["POST"], needs="publish"),
    DeskRoute("/posts/{slug}/preview", writing.preview, needs="publish"),
    DeskRoute("/posts/{slug}/closure", closures.create, methods=["POST"], needs="close"),
    DeskRoute("/posts/{slug}/opening", closures.destroy, methods=["POST"], needs="close"),
    DeskRoute("/posts/{slug}/following", closures.follow, methods=["POST"], needs="close"),
    DeskRoute("/posts/{slug}/{file}", writing.file, needs="publish"),
    DeskRoute("/closure", closures.create, methods=["POST"], needs="site"),
    DeskRoute("/opening", closures.destroy, methods=["POST"], needs="site"),
    DeskRoute("/waiting", queue_feed.create, methods=["POST"], needs="site"),
    DeskRoute("/waiting/{key}", queue_feed.show, needs="nobody"),
    DeskRoute("/log", log.index, needs="site"),
    DeskRoute("/filter", filter_page.show, needs="site"),
    DeskRoute("/filter", filter_page.update, methods=["POST"], needs="settings"),
    DeskRoute("/settings/discussion", settings.edit, needs="site"),
    DeskRoute("/settings/discussion", settings.update, methods=["POST"], needs="site"),
]


def router() -> Router:
    return Router(ROUTES, redirect_slashes=False, default=route.not_found, middleware=[Middleware(PrivateAnswers)])
