"""Where it all is kept: tables, migrations, queries, the one transaction of a batch."""
