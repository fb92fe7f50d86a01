"""What the town can say, one module per language; `STOCKS` finds them by language code."""

from sandbox.town.stock import da, en, fi, nb, sv
from sandbox.town.stock.shape import Stock

STOCKS: dict[str, Stock] = {stock.language: stock for stock in (nb.STOCK, sv.STOCK, da.STOCK, fi.STOCK, en.STOCK)}
