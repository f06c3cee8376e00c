"""Statements as banks write them, made up: every name and number is invented."""

from collections.abc import Sequence

IBAN = "FR7630006000011234567890189"
OTHER_IBAN = "FR1420041010050500013M02606"


def entry(
    cents: int,
    on: str,
    words: str = "",
    *,
    party: str = "",
    ref: str = "",
    status: str = "BOOK",
    details: str | None = None,
    currency: str = "EUR",
) -> str:
    """Write an entry."""
    way, side = ("CRDT", "Dbtr") if cents > 0 else ("DBIT", "Cdtr")
    name = f"<{side}><Nm>{party}</Nm></{side}>" if party else ""
    account = f"<{side}Acct><Id><IBAN>{OTHER_IBAN}</IBAN></Id></{side}Acct>" if party else ""
    if details is None:
        details = (
            f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties>{name}{account}</RltdPties>"
            f"<RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls>"
        )
    bank = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{abs(cents) / 100:.2f}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
        f"<Sts>{status}</Sts>"
        f"<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>{bank}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def balance(code: str, cents: int, on: str) -> str:
    """Write a balance."""
    way = "CRDT" if cents >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{abs(cents) / 100:.2f}</Amt><CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>'
    )


def statement(entries: Sequence[str], *, iban: str = IBAN, opening: int = 0, closing: int = 0) -> str:
    """Write a statement of October."""
    return (
        f"<Stmt><Id>RELEVE-10</Id><CreDtTm>2026-11-02T06:00:00</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id>"
        f"</Acct>{balance('OPBD', opening, '2026-10-01')}{balance('CLBD', closing, '2026-10-31')}"
        f"{''.join(entries)}</Stmt>"
    )


def document(*statements: str, version: str = "02", before: str = "", prefix: str = "") -> bytes:
    """Write a file."""
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    body = (
        f'<Document xmlns="{space}"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId>'
        f"<CreDtTm>2026-11-02T06:00:00</CreDtTm></GrpHdr>{''.join(statements)}</BkToCstmrStmt></Document>"
    )
    if prefix:
        body = body.replace("</", "\0").replace("<", f"<{prefix}:").replace("\0", f"</{prefix}:")
        body = body.replace(' xmlns="', f' xmlns:{prefix}="')
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}{body}'.encode()
