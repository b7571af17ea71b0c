"""The learning filter: trained on this machine by this site's moderators alone; what is undone leaves no trace."""

from blog.filter.fitting import Curve, Cut, Fit, curve, examples, fit, is_current, store, stored_curve
from blog.filter.lines import Learned, learn, read
from blog.filter.model import SLOTS
from blog.filter.scoring import Score, current_weights, percent, rescore, score
from blog.filter.training import (
    ENOUGH,
    OF_EACH,
    State,
    catch_up,
    forget,
    has_pending,
    is_trained,
    label,
    pending_count,
    rebuild,
    recount,
    relabel,
    state,
    update_counts,
)
from blog.filter.words import strongest

__all__ = [
    "ENOUGH",
    "OF_EACH",
    "SLOTS",
    "Curve",
    "Cut",
    "Fit",
    "Learned",
    "Score",
    "State",
    "catch_up",
    "current_weights",
    "curve",
    "examples",
    "fit",
    "forget",
    "has_pending",
    "is_current",
    "is_trained",
    "label",
    "learn",
    "pending_count",
    "percent",
    "read",
    "rebuild",
    "recount",
    "relabel",
    "rescore",
    "score",
    "state",
    "store",
    "stored_curve",
    "strongest",
    "update_counts",
]
