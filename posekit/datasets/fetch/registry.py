"""The list of data sets and models: what, by whom, under which terms, from where.

To add one: an entry here, a reader beside this file, a script in ``data_scripts/``, tests;
``python data_scripts/page.py`` then writes it into DATA.md.

The sums of the lab mirror's archives are the mirror's alone, since it repacked them; hardly
any owner publishes a sum, and none is made up here.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from ...errors import InputError
from .download import Artefact


@dataclass(frozen=True)
class DataSet:
    """A data set, or a model, that posekit can get.

    Attributes:
        name, title: short name for commands; full name for people.
        terms: what one may do with it.
        citation: what to cite.
        page: the owner's page.
        official, mirror: the files as the owner and as a lab mirror distribute them.
        marks: the folder is this data set when one of these (globs) is in it.
        by_hand: how to get the official files where no program can; else a hint, or empty.
        reader: ``module:class`` below `posekit.datasets` that gives a `Sample` for each image, or
            empty.
        clips: the same for one that gives a `Clip` for each recording.
    """

    name: str
    title: str
    terms: str
    citation: str
    page: str
    official: tuple[Artefact, ...] = ()
    mirror: tuple[Artefact, ...] = ()
    marks: tuple[str, ...] = ()
    by_hand: str = ""
    reader: str = ""
    clips: str = ""

    @property
    def single_file(self) -> str:
        """The file that this is, where it is one file that is not unpacked; else empty."""
        mark = self.marks[0]
        return mark if mark.endswith((".task", ".npz")) and "*" not in mark else ""

    def open(self, folder, split=None, **options):
        """Its reader on a folder; `InputError` where posekit has none."""
        if not (self.reader or self.clips):
            raise InputError(f"{self.name} is no data set that has a reader.")
        module, _, name = (self.reader or self.clips).partition(":")
        return getattr(import_module(f"posekit.datasets.{module}"), name)(folder, split, **options)


_ACADEMIC = "academic use; cite; do not redistribute"
_LSP_CITE = (
    "Johnson and Everingham, Clustered Pose and Nonlinear Appearance Models for Human Pose "
    "Estimation, BMVC 2010, doi:10.5244/C.24.12"
)
_LSP_DEAD = (
    "sam.johnson.io has been reported dead; should it not answer, a lab's mirror may have a copy"
)
_COCO = "http://images.cocodataset.org"
_JHMDB = "http://files.is.tue.mpg.de/jhmdb"
_MEDIAPIPE = "https://storage.googleapis.com/mediapipe-models/pose_landmarker"

_ALL = (
    DataSet(
        "lsp",
        "Leeds Sports Pose",
        _ACADEMIC,
        _LSP_CITE,
        "http://sam.johnson.io/research/lsp.html",
        official=(
            Artefact(
                "lsp_dataset.zip",
                "http://sam.johnson.io/research/lsp_dataset.zip",
                layout="images/im0001.jpg ... im2000.jpg, joints.mat (3, 14, 2000)",
            ),
        ),
        mirror=(
            Artefact(
                "lsp_dataset.zip",
                checksum="sha256:5ddcd889a3b332190e0970a8e4ef65db03149dfdd4724e231941a85aed6f35c1",
                layout="as the official one, without visualized/",
                size=11_153_706,
            ),
        ),
        by_hand=_LSP_DEAD,
        marks=("joints.mat",),
        reader="lsp:LSP",
    ),
    DataSet(
        "lspet",
        "Leeds Sports Pose, extended training set",
        _ACADEMIC,
        "Johnson and Everingham, Learning Effective Human Pose Estimation from "
        "Inaccurate Annotation, CVPR 2011",
        "http://sam.johnson.io/research/lspet.html",
        official=(
            Artefact(
                "lspet_dataset.zip",
                "http://sam.johnson.io/research/lspet_dataset.zip",
                layout="images/im00001.jpg ... im10000.jpg, joints.mat (14, 3, 10000)",
            ),
        ),
        mirror=(
            Artefact(
                "lspet_dataset_first6000.zip",
                checksum="sha256:7b27978257922826bf895549c6b9266c72afdb6f1f1f315b4e510c699f3b7b7f",
                part="images 1-6000 of 10,000",
                layout="images/im00001.jpg ... im06000.jpg, joints.mat (14, 3, 6000)",
                size=103_221_464,
            ),
        ),
        by_hand=_LSP_DEAD,
        marks=("joints.mat",),
        reader="lsp:LSPExtended",
    ),
    DataSet(
        "mpii",
        "MPII Human Pose",
        "annotations simplified BSD; images for research only",
        "Andriluka, Pishchulin, Gehler and Schiele, 2D Human Pose Estimation: New Benchmark and "
        "State of the Art Analysis, CVPR 2014",
        "http://human-pose.mpi-inf.mpg.de",
        official=(
            Artefact(
                "mpii_human_pose_v1.tar.gz",
                "https://datasets.d2.mpi-inf.mpg.de/andriluka14cvpr/mpii_human_pose_v1.tar.gz",
                layout="images/*.jpg",
                size=12_900_000_000,
            ),
            Artefact(
                "mpii_human_pose_v1_u12_2.zip",
                "https://datasets.d2.mpi-inf.mpg.de/andriluka14cvpr/mpii_human_pose_v1_u12_2.zip",
                layout="mpii_human_pose_v1_u12_2/mpii_human_pose_v1_u12_1.mat",
                size=12_500_000,
            ),
        ),
        mirror=(
            Artefact(
                "mpii_sample.zip",
                checksum="sha256:4dbc3ad0891ea4caeb1f4e2276e59f7cba141cbe792b25e9c649593879b44910",
                part="5 images; the labels of the usual 2,958 validation people",
                layout="images/*.jpg, annot/sample.json, annot/valid.json",
                size=779_641,
            ),
        ),
        marks=("annot/*.json", "*.mat", "mpii_human_pose_v1_u12_2/*.mat"),
        reader="mpii:MPII",
    ),
    DataSet(
        "coco",
        "COCO keypoints, 2017",
        "annotations CC BY 4.0; each image's own licence is in the json",
        "Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014",
        "https://cocodataset.org",
        official=(
            Artefact(
                "annotations_trainval2017.zip",
                f"{_COCO}/annotations/annotations_trainval2017.zip",
                size=253_000_000,
                layout="annotations/person_keypoints_{train,val}2017.json",
            ),
            Artefact(
                "val2017.zip", f"{_COCO}/zips/val2017.zip", layout="val2017/*.jpg", size=800_000_000
            ),
            Artefact(
                "train2017.zip",
                f"{_COCO}/zips/train2017.zip",
                layout="train2017/*.jpg",
                size=19_300_000_000,
            ),
        ),
        mirror=(
            Artefact(
                "coco_keypoints_mini.zip",
                checksum="sha256:cc25d2d81c91b2c5eafcc6220366fbfb138d0ca3d684bdc9909472b9b31fa54c",
                part="60 images",
                layout="annotations/person_keypoints_{train,val}2017.json, "
                "train2017/*.jpg, val2017/*.jpg",
                size=9_485_018,
            ),
        ),
        marks=("annotations/person_keypoints_*2017.json",),
        reader="coco:COCO",
    ),
    DataSet(
        "penn_action",
        "Penn Action",
        "cite; no licence text, so do not redistribute",
        "Zhang, Zhu and Derpanis, From Actemes to Action: A Strongly-supervised Representation "
        "for Detailed Action Understanding, ICCV 2013",
        "https://dreamdragon.github.io/PennAction/",
        mirror=(
            Artefact(
                "Penn_Action_labels.zip",
                checksum="sha256:55c27f4bf397b62d6a2495cb0bb6ab9b334c99335fd12f55ea5046025a0731e5",
                part="all labels, no frames",
                layout="Penn_Action/labels/0001.mat ... 2326.mat",
                size=7_186_961,
            ),
        ),
        by_hand="download Penn_Action.tar.gz (about 3 GB) in a browser from "
        "https://upenn.box.com/PennAction",
        marks=("labels/*.mat",),
        clips="penn_action:PennAction",
    ),
    DataSet(
        "jhmdb",
        "JHMDB, joint-annotated human motion",
        "CC BY 4.0",
        "Jhuang, Gall, Zuffi, Schmid and Black, Towards Understanding Action "
        "Recognition, ICCV 2013",
        "http://jhmdb.is.tue.mpg.de",
        official=(
            Artefact(
                "joint_positions.zip",
                f"{_JHMDB}/joint_positions.zip",
                layout="joint_positions/<class>/<clip>/joint_positions.mat",
            ),
            Artefact("sub_splits.zip", f"{_JHMDB}/sub_splits.zip", layout="sub_splits/*.txt"),
        ),
        mirror=(
            Artefact(
                "jhmdb_gt_skeletons.zip",
                checksum="sha256:a003b9e0023f446110af345b222b9ca43c4a22a4225dd006117ffca87a14cfa5",
                part="14 of 21 classes, skeletons only",
                layout="JHMDB_GT_{train,test}_{1,2,3}.npz",
                size=2_108_034,
            ),
        ),
        marks=("JHMDB_GT_*.npz", "joint_positions"),
        clips="jhmdb:JHMDB",
    ),
    DataSet(
        "ucf101",
        "UCF101",
        "research only",
        "Soomro, Zamir and Shah, UCF101: A Dataset of 101 Human Actions Classes "
        "From Videos in The Wild, CRCV-TR-12-01, 2012",
        "https://www.crcv.ucf.edu/data/UCF101.php",
        mirror=(
            Artefact(
                "ucfTrainTestlist.zip",
                checksum="sha256:9e8490eceb38f78ad02b5c1c12a47056c5f321091e01fb3e11559ab54003071a",
                layout="ucfTrainTestlist/*.txt",
                size=115_893,
            ),
            Artefact(
                "ucf101_sample.zip",
                checksum="sha256:0975fc69847c7dbfca026c0228c4e22f1e3999dc6e7dca6d28e6a114b66ef767",
                part="2 of 13,320 clips",
                layout="UCF-101/<class>/v_<class>_gXX_cYY.avi",
                size=613_038,
            ),
        ),
        by_hand="download UCF101.rar (about 7 GB) and UCF101TrainTestSplits-RecognitionTask.zip "
        "from https://www.crcv.ucf.edu/data/UCF101.php (its certificate chain is incomplete), and "
        "unpack the first with unrar",
        marks=("UCF-101",),
        clips="ucf101:UCF101",
    ),
    DataSet(
        "h36m",
        "Human3.6M",
        "research only, under a signed licence",
        "Ionescu, Papava, Olaru and Sminchisescu, "
        "Human3.6M: Large Scale Datasets and Predictive Methods for 3D Human Sensing in Natural "
        "Environments, TPAMI 2014",
        "http://vision.imar.ro/human3.6m",
        mirror=(
            Artefact(
                "h36m_sample.zip",
                checksum="sha256:ed685dcce7529ba57a3e1274672b55ad6c08a9ce2bf36d8ce52220f59e52070d",
                part="4 frames, and the 44 cameras",
                layout="images/*.jpg, h36m_coco.json, h36m_body3d.npz, cameras.json",
                size=291_141,
            ),
        ),
        by_hand="register at http://vision.imar.ro/human3.6m with an academic address and sign "
        "its licence; many report that an answer takes weeks, or never comes",
        marks=("h36m_coco.json", "*.npz"),
        clips="h36m:Human36M",
    ),
    DataSet(
        "humaneva",
        "HumanEva-I, 15-joint poses",
        "research only",
        "Sigal, Balan and Black, HumanEva: Synchronized Video and Motion Capture "
        "Dataset and Baseline Algorithm for Evaluation of Articulated Human Motion, IJCV 2010",
        "http://humaneva.is.tue.mpg.de",
        mirror=(
            Artefact(
                "humaneva15_poses.npz",
                checksum="sha256:67720a22b5696c59a9f97505595d0c67cf7940d5315ecd618e5f01ab60f77d79",
                part="poses, no video",
                layout="positions_3d/<split>/<subject>/<action chunk>, positions_2d/.../camN",
                size=4_603_828,
            ),
        ),
        by_hand="register at http://humaneva.is.tue.mpg.de and convert its motion capture with "
        "MATLAB, as VideoPose3D's DATASETS.md tells",
        marks=("humaneva15_poses.npz",),
        clips="humaneva:HumanEva",
    ),
    DataSet(
        "cmu_mocap",
        "CMU Graphics Lab motion capture",
        "free for all uses, not to be resold as data; acknowledge",
        "The data used in this project was obtained from mocap.cs.cmu.edu; the database was "
        "created with funding from NSF EIA-0196217",
        "http://mocap.cs.cmu.edu",
        official=(
            Artefact(
                "allasfamc.zip",
                "http://mocap.cs.cmu.edu/allasfamc.zip",
                layout="subjects/<subject>/*.asf, *.amc",
                size=1_100_000_000,
            ),
        ),
        mirror=(
            Artefact(
                "cmu_mocap_asfamc_subjects_01_03.zip",
                checksum="sha256:7fbdce31a83c0773a78afe15181cd387499953637611052a0e09c3149cd5c0c7",
                size=20_715_150,
                part="subjects 01-03 of 144",
                layout="subjects/01/01.asf, ...",
            ),
        ),
        marks=("subjects/*/*.asf",),
        clips="cmu_mocap:CMUMocap",
    ),
    DataSet(
        "mediapipe_recordings",
        "Recordings of MediaPipe landmarks, by five people",
        "people's own motion: local use only, keep it where it is",
        "the lab's own recordings",
        "no page: it exists on lab mirrors only",
        mirror=(
            Artefact(
                "mediapipe_pose_txt.zip",
                checksum="sha256:77dba79eefbce941708b4ebfa1f3cf567b71cc532a77370b84166a714529a426",
                layout="person01/BODYSWING.txt: header, then an index and 33 x (x, y, z, "
                "visibility) a row",
                size=9_051_685,
            ),
        ),
        by_hand="ask the lab that keeps it, or put recordings of your own there, as "
        "<person>/<ACTION>.txt (`posekit.datasets.write_recording` writes them)",
        marks=("*/*.txt",),
        clips="recordings:Recordings",
    ),
    DataSet(
        "people_media",
        "Photographs and videos of people, for demos",
        "local use only: do not publish",
        "none",
        "no page: it exists on lab mirrors only",
        mirror=(
            Artefact(
                "people_media.zip",
                checksum="sha256:288a3054af9292820174e922a689d42ae1b5c831693bf8477c586d7b0aeb36dd",
                layout="photos/*.jpg, videos/*",
                size=6_880_217,
            ),
        ),
        by_hand="ask the lab that keeps it, or put photographs of your own in photos/ and videos/",
        marks=("photos", "videos"),
    ),
    DataSet(
        "mediapipe_pose",
        "MediaPipe's BlazePose bundle (full) for its Tasks API",
        "Apache-2.0",
        "Bazarevsky et al., BlazePose: On-device Real-time Body Pose tracking, arXiv:2006.10204",
        "https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker",
        official=(
            Artefact(
                "pose_landmarker_full.task",
                f"{_MEDIAPIPE}/pose_landmarker_full/float16/latest/pose_landmarker_full.task",
                layout="one file",
                size=9_400_000,
            ),
        ),
        mirror=(
            Artefact(
                "pose_landmarker_full.task",
                checksum="sha256:5bfde8bbf1ec7ab3bd3d8d65967b068a86e4b4d56f8ca293aebc23daf69d8d2b",
                layout="one file",
                size=9_397_790,
            ),
        ),
        marks=("pose_landmarker_full.task",),
    ),
)

DATASETS: dict[str, DataSet] = {entry.name: entry for entry in _ALL}


def get(name: str) -> DataSet:
    """The data set of that name; `InputError` lists the names."""
    if name not in DATASETS:
        raise InputError(f"no data set {name!r}; there are: {', '.join(DATASETS)}.")
    return DATASETS[name]
