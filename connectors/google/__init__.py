"""What all of Google's APIs share: `settings.py` who we are, `tokens.py` the tokens, `api.py` the calls."""
