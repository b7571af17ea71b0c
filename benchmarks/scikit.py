"""Score comments with scikit-learn's logistic regression on letter groups of 2 to 5; for benchmarks/filter.py.

It runs in an environment of its own, `.compare`, with scikit-learn and nothing of ours: numpy, which comes with it, is
imported by SQLite libraries that find it, and would make the server that is measured slower and larger.
"""

import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def main() -> None:
    """Read {"train": [[text, is spam], ...], "texts": [...]} from standard input; write the scores of the texts."""
    asked = json.load(sys.stdin)
    model = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=2_000),
    )
    model.fit([text for text, _ in asked["train"]], [spam for _, spam in asked["train"]])
    json.dump([float(row[1]) for row in model.predict_proba(asked["texts"])], sys.stdout)


main()
