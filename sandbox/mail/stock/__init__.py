"""What the town can write in letters, one module per language; `STOCKS` finds them by language code."""

from sandbox.mail.stock import da, en, fi, nb, sv
from sandbox.mail.stock.shape import MailStock

STOCKS: dict[str, MailStock] = {stock.language: stock for stock in (nb.STOCK, sv.STOCK, da.STOCK, fi.STOCK, en.STOCK)}
