"""What picture of a figure do a notebook and a report keep? A small PNG with the caption as its alternative text."""

import base64
import io
from typing import Any

from matplotlib.figure import Figure


def image_bundle(figure: Figure) -> tuple[dict[str, str], dict[str, Any]]:
    """The data and the metadata by MIME type that show *figure*; its label is the caption."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", transparent=True, metadata={"Software": None})
    caption = figure.get_label()
    picture = base64.b64encode(_reduce_colours(buffer)).decode()
    return {"image/png": picture, "text/plain": f"Figure: {caption}"}, {"image/png": {"alt": caption}}


def _reduce_colours(buffer: io.BytesIO) -> bytes:
    # A chart has few colours: 64 of them halve the file and cannot be told from all of them.
    from PIL import Image

    smaller = io.BytesIO()
    Image.open(buffer).quantize(64, method=Image.Quantize.FASTOCTREE).save(smaller, format="png", optimize=True)
    return smaller.getvalue()
