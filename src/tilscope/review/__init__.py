"""The review room: a local page on which a radiologist looks at every patient's pictures and rates them."""

from tilscope.review.ratings import RATINGS, Rating, RatingBook
from tilscope.review.serving import ReviewServer, open_server, serve

__all__ = ["RATINGS", "Rating", "RatingBook", "ReviewServer", "open_server", "serve"]
