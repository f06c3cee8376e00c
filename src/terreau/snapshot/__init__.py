"""The ledgers of all poles as Parquet files under a contract, and what poles are compared by."""
