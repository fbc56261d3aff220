"""Looking at what is there: records, the held inbox, pools, runs; and pushing it out."""
