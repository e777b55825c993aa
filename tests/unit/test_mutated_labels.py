"""2,000 label files that are wrong in some way: read, or refused in a sentence that names them.

Each kind of file that a reader opens is generated as it should be, then mutated (`.mutants`) from
fixed seeds: bytes are lost and flipped, values replaced by what does not belong there.
"""

import shutil
import traceback

import numpy as np
import pytest

from posekit.datasets.cmu_mocap import CMUMocap
from posekit.datasets.coco import COCO
from posekit.datasets.h36m import Human36M
from posekit.datasets.humaneva import FILE, HumanEva
from posekit.datasets.jhmdb import JHMDB
from posekit.datasets.lsp import LSP, LSPExtended
from posekit.datasets.mpii import MPII
from posekit.datasets.penn_action import PennAction
from posekit.datasets.recordings import Recordings
from posekit.datasets.ucf101 import UCF101
from posekit.errors import InputError

from . import made_sets, mutants
from . import test_cmu_mocap as cmu
from . import test_coco as coco
from . import test_h36m as h36m
from . import test_humaneva as humaneva
from . import test_jhmdb as jhmdb
from . import test_mpii as mpii
from . import test_penn_action as penn
from . import test_recordings as recordings
from . import test_ucf101 as ucf101

EACH = 118
EMPTY = np.zeros((0, 0))


# ------------------------------------------------------- one sound file of each kind, (path)
def coco_json(folder):
    people = [
        {"keypoints": coco.LABELLED, "bbox": [1, 2, 10, 20]},
        {"segmentation": [coco.SQUARE], "image_id": 21},
        {"iscrowd": 1, "segmentation": {"counts": [600, 600], "size": [40, 30]}},
        {"segmentation": None, "bbox": [3, 4, 5, 6]},
    ]
    return made_sets.coco(folder, people)


def mpii_json(folder):
    odd_names(folder)
    return mpii.write_json(folder, "valid", [mpii.entry("a.jpg"), mpii.entry("b.jpg", scale=None)])


def mpii_people():
    points = [mpii.point(k, 2.0 + k, 3.0, is_visible=k % 2) for k in range(4)]
    return [
        mpii.image("a.jpg", [mpii.person(points), mpii.person([mpii.point(3)], scale=EMPTY)]),
        mpii.image("b.jpg", [{"scale": 1.0}], 20),
    ]


def mpii_mat(folder):
    odd_names(folder)
    return made_sets.mpii_mat(folder, mpii_people(), [1, 0])


def odd_names(folder):
    """Images called as some of the odd values are, which are no wrong names."""
    image = made_sets.write_image(folder / "images" / "a.jpg")
    for name in ("x", "10"):
        shutil.copy(image, image.with_name(name))


def lsp_mat(folder):
    made_sets.lsp(folder)
    return folder / "joints.mat"


def lspet_mat(folder):
    made_sets.lsp(folder, extended=True)
    return folder / "joints.mat"


def penn_mat(folder):
    penn.label(folder, 1)
    return folder / "labels" / "0001.mat"


def jhmdb_npz(folder):
    jhmdb.flat(folder)
    return folder / "JHMDB_GT_train_2.npz"


def jhmdb_mat(folder):
    jhmdb.official(folder)
    return folder / "joint_positions" / "catch" / jhmdb.NAMES[0] / "joint_positions.mat"


def jhmdb_list(folder):
    jhmdb.official(folder)
    return folder / "splits" / "catch_test_split1.txt"


def humaneva_npz(folder):
    def one_subject(arrays):
        for name in [name for name in arrays if "/S2/" in name]:
            del arrays[name]

    return humaneva.write(folder, one_subject) / FILE


def h36m_labels(folder):
    h36m.write(folder, h36m.NAMES)
    return folder / "h36m_coco.json"


def h36m_cameras(folder):
    h36m.write(folder, h36m.NAMES)
    return folder / "cameras.json"


def recording(folder):
    return recordings.write(folder, "anna", "RUN", frames=3)


def asf(folder, name="07.asf"):
    subject = folder / "subjects" / "07"
    subject.mkdir(parents=True)
    (subject / "07.asf").write_text(cmu.ASF)
    (subject / "07_01.amc").write_text(cmu.AMC)
    return subject / name


def amc(folder):
    return asf(folder, "07_01.amc")


def ucf_classes(folder):
    return ucf101.lists(folder) / "classInd.txt"


def ucf_list(folder):
    return ucf101.lists(folder) / "trainlist01.txt"


def mutated_mpii_mat(raw, rng, path):
    """People of MPII with odd values: trees as the label file has them, then bytes."""
    if rng.integers(3) == 0:
        return mutants.bytes_of(raw, rng)
    odd = [EMPTY, "x", "", 7.5, -1.0, np.nan, np.inf, 1e300, 2 + 1j, np.arange(3.0), {"a": 1.0}]
    odd += ["/etc/passwd", "../x.jpg", np.array([], dtype=object)]
    images = mpii_people()
    for _ in range(rng.integers(1, 4)):
        one = images[0]
        person = one["annorect"][rng.integers(2)]
        point = person["annopoints"][0] if isinstance(person.get("annopoints"), list) else person
        places = [one, one["image"] if isinstance(one.get("image"), dict) else one, person, point]
        place = places[rng.integers(4)]
        key = list(place)[rng.integers(len(place))] if place else "x"
        if key != "annorect":
            place[key] = odd[rng.integers(len(odd))]
    flags = [[1, 0], [1], [], [np.nan, 1], np.array(["x", "y"])][rng.integers(5)]
    flags = flags if rng.integers(4) == 0 else [1, 0]
    return made_sets.mpii_mat(path.parent, images, flags, images=False).read_bytes()


def everything(reader):
    return [reader[i] for i in range(len(reader))]


KINDS = {
    coco_json: (mutants.json_of, lambda f: COCO(f, "test", everyone=True, images=False)),
    mpii_json: (mutants.json_of, lambda f: MPII(f, "val", images=False)),
    mpii_mat: (mutated_mpii_mat, lambda f: MPII(f, images=False)),
    lsp_mat: (mutants.mat_of, lambda f: LSP(f, images=False)),
    lspet_mat: (mutants.mat_of, lambda f: LSPExtended(f, images=False)),
    penn_mat: (mutants.mat_of, lambda f: PennAction(f, occluded=True)),
    jhmdb_npz: (mutants.npz_of, lambda f: JHMDB(f, "train")),
    jhmdb_mat: (mutants.mat_of, lambda f: JHMDB(f)),
    jhmdb_list: (mutants.text_of, lambda f: JHMDB(f, "train")),
    humaneva_npz: (mutants.npz_of, lambda f: HumanEva(f, cameras=(1,))),
    h36m_labels: (mutants.json_of, lambda f: Human36M(f, images=False)),
    h36m_cameras: (mutants.json_of, lambda f: Human36M(f, images=False)),
    recording: (mutants.text_of, lambda f: Recordings(f)),
    asf: (mutants.text_of, lambda f: CMUMocap(f)),
    amc: (mutants.text_of, lambda f: CMUMocap(f)),
    ucf_classes: (mutants.text_of, lambda f: UCF101(f, images=False)),
    ucf_list: (mutants.text_of, lambda f: UCF101(f, "train", images=False)),
}


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
@pytest.mark.filterwarnings("ignore")
def test_mutated_labels_are_read_or_refused_by_name(tmp_path, make):
    path = make(tmp_path)
    mutate, open_it = KINDS[make]
    sound = path.read_bytes()
    assert everything(open_it(tmp_path)), "the file that is mutated must be a sound one"
    refused, wrong = 0, []
    for seed in range(EACH):
        rng = np.random.default_rng([list(KINDS).index(make), seed])
        extra = (path,) if mutate is mutated_mpii_mat else ()
        path.write_bytes(mutate(sound, rng, *extra))
        try:
            everything(open_it(tmp_path))
        except InputError as error:
            refused += 1
            if path.name not in str(error) or not str(error).isprintable():
                wrong.append(f"{seed}: does not name {path.name}: {error!a:.300}")
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            wrong.append(f"{seed}: {error!r:.200} at {place.filename}:{place.lineno}")
    assert not wrong, f"{len(wrong)} of {EACH}:\n" + "\n".join(wrong)
    assert refused > EACH / 5, f"only {refused} of {EACH} were refused: the mutants are too tame"


def test_they_are_two_thousand():
    assert EACH * len(KINDS) >= 2000
