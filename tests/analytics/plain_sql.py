"""Each indicator again, in plain SQL written apart from its expression: what it is held against."""

LEVELS = """
SELECT pole, year, level,
       coalesce(sum(CASE WHEN nature = 'cash' AND side = 'in' THEN cents END), 0) AS in_cents,
       coalesce(sum(CASE WHEN nature = 'cash' AND side = 'out' THEN cents END), 0) AS out_cents,
       coalesce(sum(CASE WHEN nature = 'cash' AND how = 'internal' THEN cents END), 0) AS internal_cents,
       coalesce(sum(CASE WHEN nature <> 'cash' AND side = 'in' THEN cents END), 0) AS voluntary_cents,
       count(*) AS lines
  FROM flows GROUP BY 1, 2, 3
"""

ACCOUNTS = """
SELECT pole, year,
       coalesce(sum(cents) FILTER (nature = 'cash' AND side = 'in' AND level = 'cell'), 0) AS cell_in_cents,
       coalesce(sum(cents) FILTER (nature = 'cash' AND side = 'out' AND level = 'cell'), 0) AS cell_out_cents,
       coalesce(sum(cents) FILTER (nature = 'cash' AND side = 'in' AND through), 0) AS pole_in_cents,
       coalesce(sum(cents) FILTER (nature = 'cash' AND side = 'out' AND through), 0) AS pole_out_cents,
       coalesce(sum(cents) FILTER (nature = 'cash' AND side = 'in' AND level = 'project'), 0) AS project_in_cents,
       coalesce(sum(cents) FILTER (nature = 'cash' AND side = 'out' AND level = 'project'), 0) AS project_out_cents,
       coalesce(sum(cents) FILTER (nature = 'cash' AND level = 'members'), 0) AS members_cents,
       coalesce(sum(cents) FILTER (nature <> 'cash' AND side = 'in'), 0) AS voluntary_cents
  FROM flows GROUP BY 1, 2
"""

RESOURCES = """
SELECT pole, year, kind, origin, phase,
       coalesce(sum(cents) FILTER (nature = 'cash'), 0) AS cash_cents,
       coalesce(sum(cents) FILTER (nature <> 'cash'), 0) AS voluntary_cents,
       count(*) AS lines
  FROM flows WHERE side = 'in' GROUP BY ALL
"""

PUBLIC_MONEY = """
WITH summed AS (
    SELECT pole, year,
           coalesce(sum(cents) FILTER (nature = 'cash'), 0)::BIGINT AS cash_cents,
           coalesce(sum(cents) FILTER (nature = 'cash' AND origin = 'public'), 0)::BIGINT AS public_cents,
           coalesce(sum(cents) FILTER (nature = 'cash' AND origin = 'unknown'), 0)::BIGINT AS unknown_cents
      FROM flows WHERE side = 'in' AND through AND kind NOT IN ('capital_loans') GROUP BY 1, 2)
SELECT *, CASE WHEN cash_cents <> 0
               THEN floor(public_cents::DOUBLE * 10000 / cash_cents::DOUBLE)::BIGINT END AS public_share
  FROM summed
"""

TRADE_INSIDE = """
SELECT pole, year, coalesce(sum(cents), 0) AS trade_cents,
       coalesce(sum(cents) FILTER (attributable IS TRUE), 0) AS attributable_cents,
       coalesce(sum(cents) FILTER (attributable IS NULL), 0) AS unsaid_cents,
       count(DISTINCT receiver) AS sellers, count(DISTINCT giver) AS buyers
  FROM flows WHERE level = 'members' AND nature = 'cash' GROUP BY 1, 2
"""

TRADE_SELLERS = """
SELECT pole, year, receiver AS seller, coalesce(sum(cents), 0) AS trade_cents,
       coalesce(sum(CASE WHEN attributable THEN cents END), 0) AS attributable_cents,
       coalesce(sum(CASE WHEN attributable IS NULL THEN cents END), 0) AS unsaid_cents
  FROM flows WHERE level = 'members' AND nature = 'cash' GROUP BY 1, 2, 3
"""

VOLUNTARY = """
SELECT pole, year, nature, unit, coalesce(sum(thousandths), 0) AS thousandths, coalesce(sum(cents), 0) AS cents,
       count(*) FILTER (cents IS NULL) AS unvalued, count(DISTINCT giver) AS givers
  FROM flows WHERE nature <> 'cash' AND side = 'in' GROUP BY 1, 2, 3, 4
"""

CONSOLIDATED = """
WITH lines AS (
    SELECT f.*, p.fictional, p.region FROM flows f JOIN poles p USING (pole)
     WHERE f.nature = 'cash' AND f.through),
grouped AS (
    SELECT l.*, '' AS "group",
           EXISTS (SELECT 1 FROM poles g WHERE g.pole = l.giver AND g.fictional = l.fictional)
           AND EXISTS (SELECT 1 FROM poles g WHERE g.pole = l.receiver AND g.fictional = l.fictional) AS between_
      FROM lines l
    UNION ALL
    SELECT l.*, l.region,
           EXISTS (SELECT 1 FROM poles g WHERE g.pole = l.giver AND g.fictional = l.fictional AND g.region = l.region)
           AND EXISTS (SELECT 1 FROM poles g
                        WHERE g.pole = l.receiver AND g.fictional = l.fictional AND g.region = l.region)
      FROM lines l WHERE l.region <> '')
SELECT fictional, year, "group" AS region, count(DISTINCT pole) AS poles,
       coalesce(sum(cents) FILTER (side = 'in' AND NOT between_), 0) AS in_cents,
       coalesce(sum(cents) FILTER (side = 'out' AND NOT between_), 0) AS out_cents,
       coalesce(sum(cents) FILTER (side IN ('in', 'out') AND between_), 0) AS between_cents
  FROM grouped GROUP BY 1, 2, 3
"""

MEASURES = f"""
WITH accounts AS ({ACCOUNTS}), public AS ({PUBLIC_MONEY}), trade AS ({TRADE_INSIDE}), long AS (
    SELECT pole, year, 'cell_budget' AS measure, cell_out_cents AS value FROM accounts
    UNION ALL SELECT pole, year, 'resources', pole_in_cents FROM accounts
    UNION ALL SELECT pole, year, 'projects', project_out_cents FROM accounts
    UNION ALL SELECT pole, year, 'voluntary', voluntary_cents FROM accounts
    UNION ALL SELECT pole, year, 'trade_inside', trade_cents FROM trade)
SELECT * FROM long WHERE value > 0
UNION ALL
SELECT pole, year, 'public_share', public_share FROM public
 WHERE unknown_cents = 0 AND public_share IS NOT NULL
"""

_SPREAD = """
SELECT fictional, year, measure, {facets}, count(*) AS poles,
       floor(percentile_cont(0.25) WITHIN GROUP (ORDER BY value))::BIGINT AS first_quartile,
       floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY value))::BIGINT AS median,
       floor(percentile_cont(0.75) WITHIN GROUP (ORDER BY value))::BIGINT AS third_quartile
  FROM alike WHERE {known} GROUP BY ALL
"""
_FACETS = ("stage", "sector", "region", "department")
_GROUPS = ("stage sector region", "stage sector", "stage region", "sector region", *_FACETS, "")


def _spread(by: list[str]) -> str:
    facets = ", ".join(one if one in by else f"'' AS {one}" for one in _FACETS)
    return _SPREAD.format(facets=facets, known=" AND ".join(f"{one} <> ''" for one in by) or "true")


SPREADS = (
    f"WITH measures AS ({MEASURES}), alike AS (SELECT * FROM measures JOIN poles USING (pole)) "
    + " UNION ALL ".join(_spread(group.split()) for group in _GROUPS)
)

ALL = {
    "levels": LEVELS,
    "accounts": ACCOUNTS,
    "resources": RESOURCES,
    "public_money": PUBLIC_MONEY,
    "trade_inside": TRADE_INSIDE,
    "trade_sellers": TRADE_SELLERS,
    "voluntary": VOLUNTARY,
    "consolidated": CONSOLIDATED,
    "measures": MEASURES,
    "spreads": SPREADS,
}
