"""The only place that knows Zoom and HTTP: token, limits, calls, pages, what answers mean."""
