"""What every request passes: body limits, rate limits, security headers."""
