"""A stand-in of Zendesk Sell: `standin.py` answers, `account.py` holds the records, `queue.py` the Sync API's queue."""
