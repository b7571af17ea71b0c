"""The learning filter: trained by this site's moderators alone, on this machine, exact in what it forgets."""

from blog.filter.fitting import Curve, Cut, Fit, current, curve, examples, fit, keep, kept_curve
from blog.filter.lines import Learned, learn, put, read
from blog.filter.model import SLOTS
from blog.filter.scoring import Score, percent, rescore, score, weights_now
from blog.filter.training import (
    ENOUGH,
    OF_EACH,
    TEACHES,
    State,
    catch_up,
    feed,
    forget,
    learn_again,
    left,
    rebuild,
    reconsider,
    speaks,
    state,
    teach,
    waits,
)
from blog.filter.words import strongest

__all__ = [
    "ENOUGH",
    "OF_EACH",
    "SLOTS",
    "TEACHES",
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
    "feed",
    "fit",
    "forget",
    "keep",
    "kept_curve",
    "learn",
    "learn_again",
    "left",
    "percent",
    "put",
    "read",
    "rebuild",
    "reconsider",
    "rescore",
    "score",
    "speaks",
    "state",
    "strongest",
    "teach",
    "waits",
    "weights_now",
]
