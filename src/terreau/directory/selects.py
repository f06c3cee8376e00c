"""What each official file says, row by row, as the engine reads it: values, and what is wrong with them.

Every select gives ``file``, ``line`` (as a spreadsheet numbers it), ``key`` (null when it is refused),
``given``
(the key as written), ``fate`` (``sound``, or why the row is left out), the columns of its table, and
``bad_*``:
the text of a cell whose value is left unknown, or that was followed to another.
"""

from terreau.directory.tables import Table

#: (column of the select, field of the layout, code of the problem); the cell's text is in the first.
Cell = tuple[str, str, str]
CELLS: dict[str, tuple[Cell, ...]] = {
    "units": (
        ("bad_created", "created", "bad_date"),
        ("bad_nic", "nic", "bad_nic"),
        ("bad_state", "state", "bad_state"),
        ("bad_diffusion", "diffusion", "bad_diffusion"),
        ("bad_name", "name", "damaged_text"),
        ("long_name", "name", "long_text"),
        ("no_name", "name", "no_name"),
    ),
    "establishments": (
        ("bad_created", "created", "bad_date"),
        ("bad_commune", "commune", "unknown_commune"),
        ("old_commune", "commune", "former_commune"),
        ("bad_state", "state", "bad_state"),
        ("bad_diffusion", "diffusion", "bad_diffusion"),
        ("bad_name", "sign_1", "damaged_text"),
    ),
    "waldec": (
        ("bad_created", "created", "bad_date"),
        ("bad_dissolved", "dissolved", "bad_date"),
        ("bad_commune", "commune", "unknown_commune"),
        ("old_commune", "commune", "former_commune"),
        ("bad_siret", "siret", "association_siret"),
        ("bad_name", "title", "damaged_text"),
        ("long_name", "title", "long_text"),
        ("no_name", "title", "no_name"),
    ),
}
CELLS["import"] = tuple(cell for cell in CELLS["waldec"] if cell[1] != "dissolved")

_DAMAGED = r"[\x{FFFD}]|Ã[\x{00A0}-\x{00BF}]|â€"

_UNITS = f"""
WITH given AS (
  SELECT line, file, text(siren) AS siren, upper(text(diffusion)) AS diffusion, text(category) AS category,
    upper(text(state)) AS state, text(created) AS created, upper(text(rna)) AS rna, text(size) AS size,
    upper(text(naf)) AS naf, text(naf_version) AS naf_version, text(nic) AS nic, upper(text(ess)) AS ess,
    category LIKE '1%' AS person,
    CASE WHEN person THEN '' ELSE shown(text(name)) END AS name,
    CASE WHEN person THEN '' ELSE shown(text(usual_1)) END AS usual_1,
    CASE WHEN person THEN '' ELSE shown(text(usual_2)) END AS usual_2,
    CASE WHEN person THEN '' ELSE shown(text(usual_3)) END AS usual_3,
    CASE WHEN person THEN '' ELSE shown(text(acronym)) END AS acronym
  FROM source),
read AS (
  SELECT *, digits(siren, 9) AS n, one_line(coalesce(nullif(name, ''), usual_1)) AS named,
    day(created) AS day_created
  FROM given)
SELECT file, line, siren AS given, n AS key,
  CASE WHEN n IS NULL THEN 'bad_siren' WHEN NOT siren_holds(n) THEN 'siren_key'
    WHEN person THEN 'person' ELSE 'sound' END AS fate,
  n AS siren, left(named, 250) AS name, left(acronym, 60) AS acronym,
  CASE WHEN regexp_full_match(category, '[0-9]{{4}}') THEN category ELSE '' END AS legal_category,
  naf(shown(naf)) AS naf, left(shown(naf_version), 8) AS naf_version, left(shown(size), 2) AS size_class,
  CASE WHEN ess IN ('O', 'N') THEN ess ELSE '' END AS ess,
  CASE WHEN regexp_full_match(rna, 'W[0-9][0-9A-Z][0-9]{{7}}') THEN rna ELSE '' END AS rna,
  CASE WHEN state IN ('A', 'C') THEN state ELSE '' END AS state,
  diffusion <> 'O' AS partial, day_created AS created_on,
  CASE WHEN nic <> '' THEN CAST(TRY_CAST(nic AS DOUBLE) AS INTEGER) END AS head_nic,
  concat_ws(' ', named, usual_1, usual_2, usual_3, acronym) AS plain_words,
  left(folded(plain_words), 200) AS words,
  CASE WHEN created NOT IN ('', '[ND]') AND day_created IS NULL THEN created END AS bad_created,
  CASE WHEN nic <> '' AND (head_nic IS NULL OR head_nic NOT BETWEEN 0 AND 99999) THEN nic END AS bad_nic,
  CASE WHEN state NOT IN ('A', 'C') THEN state END AS bad_state,
  CASE WHEN diffusion NOT IN ('O', 'P', 'N') THEN diffusion END AS bad_diffusion,
  CASE WHEN regexp_matches(plain_words, '{_DAMAGED}') THEN left(plain_words, 250) END AS bad_name,
  CASE WHEN length(named) > 250 THEN named END AS long_name,
  CASE WHEN named = '' AND diffusion = 'O' THEN '' END AS no_name
FROM read
"""

_ESTABLISHMENTS = f"""
WITH given AS (
  SELECT line, file, text(siret) AS siret, upper(text(diffusion)) AS diffusion, upper(text(state)) AS state,
    upper(shown(text(commune))) AS commune, lower(text(head)) AS head, text(created) AS created,
    text(size) AS size, shown(text(number)) AS number, shown(text(repetition)) AS repetition,
    shown(text(way)) AS way, shown(text(street)) AS street, shown(text(postcode)) AS postcode,
    shown(text(sign_1)) AS sign_1, shown(text(sign_2)) AS sign_2, shown(text(sign_3)) AS sign_3,
    shown(text(usual)) AS usual, upper(text(naf)) AS naf, text(naf_version) AS naf_version,
    diffusion <> 'O' AS partial
  FROM source),
read AS (
  SELECT given.*, digits(siret, 14) AS n, day(created) AS day_created, known.code AS known,
    known.kind AS kind,
    one_line(coalesce(nullif(usual, ''), concat_ws(' ', sign_1, sign_2, sign_3))) AS named,
    concat_ws(' ', nullif(number, ''), nullif(repetition, ''), nullif(way, ''), nullif(street, '')) AS whole
  FROM given LEFT JOIN commune known ON known.given = given.commune)
SELECT file, line, siret AS given, n AS key,
  CASE WHEN n IS NULL THEN 'bad_siret' WHEN NOT siret_holds(n) THEN 'siret_key'
    WHEN person.siren IS NOT NULL THEN 'person' WHEN unit.siren IS NULL THEN 'orphan'
    ELSE 'sound' END AS fate,
  n AS siret, left(trim(named), 100) AS name, head IN ('true', 't', '1', 'o', 'oui', 'vrai') AS head,
  CASE WHEN state IN ('A', 'F') THEN state ELSE '' END AS state, read.partial,
  coalesce(known, '') AS commune,
  CASE WHEN read.partial THEN '' ELSE left(postcode, 5) END AS postcode,
  CASE WHEN read.partial THEN '' ELSE left(whole, 120) END AS street,
  naf(shown(naf)) AS naf, left(shown(naf_version), 8) AS naf_version, left(shown(size), 2) AS size_class,
  day_created AS created_on,
  CASE WHEN created NOT IN ('', '[ND]') AND day_created IS NULL THEN created END AS bad_created,
  CASE WHEN commune <> '' AND known IS NULL THEN commune END AS bad_commune,
  CASE WHEN kind = 'former' THEN commune || ' → ' || known END AS old_commune,
  CASE WHEN state NOT IN ('A', 'F') THEN state END AS bad_state,
  CASE WHEN diffusion NOT IN ('O', 'P', 'N') THEN diffusion END AS bad_diffusion,
  CASE WHEN regexp_matches(named, '{_DAMAGED}') THEN left(named, 250) END AS bad_name
FROM read LEFT JOIN known_unit unit ON unit.siren = n // 100000
  LEFT JOIN natural_person person ON person.siren = n // 100000
"""


def _associations(short: str, dissolved: str, pattern: str) -> str:
    return f"""
WITH given AS (
  SELECT line, file, upper(text(code)) AS code, one_line(text(title)) AS title, text({short}) AS short,
    upper(text(commune)) AS commune, upper(text(position)) AS position, upper(text(former)) AS former,
    text(siret) AS siret, known(text(created)) AS created, known(text({dissolved})) AS dissolved,
    upper(text(grouping)) AS grouping, text(postcode) AS postcode
  FROM source),
read AS (
  SELECT given.*, day(created) AS day_created, day(dissolved) AS day_dissolved, known.code AS known,
    known.kind AS kind, digits(siret, 14) AS n,
    concat_ws(' ', title, short) AS plain_words
  FROM given LEFT JOIN commune known ON known.given = given.commune)
SELECT file, line, code AS given, code AS key,
  CASE WHEN regexp_full_match(code, '{pattern}') THEN 'sound' ELSE 'bad_rna' END AS fate,
  code, left(former, 14) AS former_code, left(title, 250) AS name, left(short, 60) AS acronym,
  CASE WHEN n IS NOT NULL AND siret_holds(n) THEN siret ELSE '' END AS siret,
  left(position, 1) AS state, left(grouping, 1) AS grouping, coalesce(known, '') AS commune,
  left(postcode, 5) AS postcode, day_created AS created_on, day_dissolved AS dissolved_on, plain_words,
  left(folded(plain_words), 200) AS words,
  CASE WHEN created <> '' AND day_created IS NULL THEN created END AS bad_created,
  CASE WHEN dissolved <> '' AND day_dissolved IS NULL THEN dissolved END AS bad_dissolved,
  CASE WHEN commune NOT IN ('', '0', '00000') AND known IS NULL THEN commune END AS bad_commune,
  CASE WHEN kind = 'former' THEN commune || ' → ' || known END AS old_commune,
  CASE WHEN siret <> '' AND (n IS NULL OR NOT siret_holds(n)) THEN siret END AS bad_siret,
  CASE WHEN regexp_matches(plain_words, '{_DAMAGED}') THEN left(plain_words, 250) END AS bad_name,
  CASE WHEN length(title) > 250 THEN title END AS long_name,
  CASE WHEN title = '' THEN '' END AS no_name
FROM read
"""


SELECTS = {
    "units": _UNITS,
    "establishments": _ESTABLISHMENTS,
    "waldec": _associations("short", "dissolved", "W[0-9][0-9A-Z][0-9]{7}"),
    "import": _associations("''", "''", "[0-9A-Z]{4,14}"),
}


def staged(table: Table) -> str:
    """Name in the engine of every row read for a table, sound or not."""
    return f"staged_{table.name}"


def digest_of(table: Table) -> str:
    """The expression of a row's digest: its columns parted by a character that no text holds."""
    columns = ", ".join(f"coalesce(CAST({column} AS VARCHAR), '')" for column in table.columns)
    return f"row_digest(concat_ws(chr(31), {columns}))"
