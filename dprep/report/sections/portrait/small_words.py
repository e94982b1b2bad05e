"""Words of Italian and Portuguese that carry grammar alone: articles, prepositions, pronouns, conjunctions, forms of to be.

Those of other languages are in `models.closed_words`, on whose lists filters decide; this one only
keeps tables of frequent words readable.
"""

from __future__ import annotations

SMALL_WORDS = {
    "it": (
        "il lo la i gli le un uno una di a da in con su per tra fra del dello della dei degli delle al allo alla ai agli alle "
        "dal dallo dalla dai dagli dalle nel nello nella nei negli nelle sul sullo sulla sui sugli sulle e ed o od ma se che "
        "chi cui non come quando dove perché anche più meno molto questo questa questi queste quello quella quelli quelle "
        "si ci vi ne mi ti lui lei loro suo sua suoi sue è sono era erano essere stato stata ha hanno avere può possono deve"
    ),
    "pt": (
        "o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela pelos pelas para com sem sobre entre até ao "
        "à aos às e ou mas se que quem não como quando onde porque também mais menos muito este esta estes estas esse essa "
        "isso isto aquele aquela seu sua seus suas ele ela eles elas você é são era foi ser estar está estão tem têm ter pode "
        "podem deve devem"
    ),
}
