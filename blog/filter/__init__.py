"""The learning filter: trained by this site's moderators alone, on this machine, exact in what it forgets."""

from blog.filter.fitting import Curve, Cut, Fit, current, curve, examples, fit, keep, kept_curve
from blog.filter.lines import Learned, learn, read
from blog.filter.model import SLOTS
from blog.filter.scoring import Score, percent, rescore, score, weights_now
from blog.filter.training import (
    ENOUGH,
    OF_EACH,
    State,
    catch_up,
    forget,
    has_pending,
    is_trained,
    label,
    learn_again,
    pending_count,
    rebuild,
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
    "current",
    "curve",
    "examples",
    "fit",
    "forget",
    "has_pending",
    "is_trained",
    "keep",
    "kept_curve",
    "label",
    "learn",
    "learn_again",
    "pending_count",
    "percent",
    "read",
    "rebuild",
    "relabel",
    "rescore",
    "score",
    "state",
    "strongest",
    "update_counts",
    "weights_now",
]
