"""A run from settings and corpus to a model folder, and cross-validation as several of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from safetensors.torch import save as pack_tensors

from taggers.build import build_indexer, build_model, build_tasks
from taggers.card import model_card
from taggers.chain import accelerate
from taggers.checkpoint import CALIBRATION, MANIFEST, RECORD, ModelFolder, as_json, contextual_folder, load_folder
from taggers.config import Config
from taggers.data.corpus import Corpus, Division, folds, with_dev
from taggers.data.indexer import Indexer, count_column
from taggers.data.sentences import TOKEN, as_store
from taggers.data.vectors import VectorStore
from taggers.data.vectors.kinds import find_kind
from taggers.engine.contextual import CharacterModels
from taggers.engine.torch_engine import TorchEngine, choose_device, full_precision
from taggers.errors import ConfigError, TaggerError
from taggers.evaluation import evaluate, score_text
from taggers.export import export_network
from taggers.files import hold, make_folder
from taggers.fitting import calibrate, divide_dev
from taggers.metrics import AnyScores
from taggers.nn.model import Model
from taggers.plots import confusion_matrix, learning_curves
from taggers.provenance import data_of, identity_of, machine_of, provenance_of
from taggers.reading import columns_of, load_vectors
from taggers.record import make_record
from taggers.saving import save_model
from taggers.sources import examples_of, load_contextual, note_gold, settle_ratio, source_of
from taggers.tasks import of_sentences
from taggers.tasks.language_model import LanguageModel
from taggers.text import Sentence
from taggers.text.types import LABEL
from taggers.text.wording import counted
from taggers.training import Epoch, Trainer

FOLDS_SEED = 0
_CHECKPOINT = "checkpoint.safetensors"
_DRAWN = 200  # labels that a picture has room for

if TYPE_CHECKING:
    from taggers.calibration import Calibration
    from taggers.tasks import Task


class Listener(Protocol):
    """Who follows a run; the command line shows it, the API stays silent."""

    def on_note(self, message: str) -> None:
        """Something worth knowing about data or run."""

    def on_model(self, parts: dict[str, int]) -> None:
        """The network stands; number of weights by part."""

    def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
        """After each step; `loss` (of an answer, in the epoch so far) is given now and then."""

    def on_epoch(self, epoch: Epoch) -> None:
        """After each epoch."""


class Silent:
    """A listener that shows nothing."""

    def on_note(self, message: str) -> None:
        """Not shown."""

    def on_model(self, parts: dict[str, int]) -> None:
        """Not shown."""

    def on_step(self, epoch: int, step: int, steps: int, loss: float | None) -> None:
        """Not shown."""

    def on_epoch(self, epoch: Epoch) -> None:
        """Not shown."""


@dataclass(frozen=True)
class Run:
    """A trained network with all that its folder will hold."""

    config: Config
    tasks: Sequence[Task]
    indexer: Indexer
    model: Model
    engine: TorchEngine
    identity: str
    vectors: Mapping[str, VectorStore]
    contextual: Mapping[str, ModelFolder]  # what it reads, by the names of the copies
    history: list[dict[str, object]]
    held: Sequence[Sentence] = ()  # what of dev early stopping has not seen, to calibrate on

    def evaluate(self, sentences: Sequence[Sentence]) -> AnyScores:
        """Scores on annotated sentences."""
        return _evaluate(self.engine, self.tasks, sentences)

    def calibrate(self, dev: Sequence[Sentence]) -> Calibration | None:
        """What dev tells of the model's confidences; None where there is none to tell it, or there are none."""
        if not dev or not all(task.has_confidences for task in self.tasks):
            return None
        return calibrate(self.engine, of_sentences(self.tasks), self.held, dev)


def check_run(config: Config, device: str) -> dict[str, CharacterModels]:
    """The language models that a run will read, loaded, by the names of their embeddings: asked for before the data is.

    Raises TaggerError where one of them is not there, or a device, or vectors.
    """
    _check_precision(config.training.precision, choose_device(device))
    for given in config.model.vectors.values():
        for path in filter(None, (given.path, given.pieces)):
            find_kind(Path(path))
    return load_contextual(config.model)


def train_model(
    config: Config,
    corpus: Corpus,
    output: Path,
    device: str = "auto",
    resume: bool = False,
    listener: Listener | None = None,
    contextual: Mapping[str, CharacterModels] | None = None,
) -> ModelFolder:
    """Train, score on dev and test, and write the model folder `output`.

    While the run lasts its checkpoint lies in `output` + ".partial"; a killed run goes on from there with `resume` and
    ends with the same weights, bit by bit. `contextual` is what `check_run` gave, if it was asked. Raises TaggerError
    where `output` exists already.
    """
    listener = listener or Silent()
    contextual = load_contextual(config.model) if contextual is None else contextual
    if output.name in ("", ".."):
        raise TaggerError(f"--output {output}: expected the name of a folder to make, such as models/mine")
    make_folder(output.parent)
    with hold(output.with_name(f".{output.name}.lock")):
        return _run(config, corpus, output, device, resume, listener, contextual)


def _run(
    config: Config,
    corpus: Corpus,
    output: Path,
    device: str,
    resume: bool,
    listener: Listener,
    contextual: Mapping[str, CharacterModels],
) -> ModelFolder:
    """`train_model`, where no other process is at work on `output`."""
    working = output.with_name(output.name + ".partial")
    if output.exists() or output.is_symlink():
        if resume and (output / MANIFEST).exists():
            folder = load_folder(output)
            same = folder.provenance.get("identity") == identity_of(config, corpus, choose_device(device))
            if not same or data_of(corpus).get("test") != folder.provenance["data"].get("test"):
                raise TaggerError(f"{output} is a finished model of other settings or data; choose another --output")
            listener.on_note(f"{output} is finished already")
            if working.exists():
                _check_own(working)
                shutil.rmtree(working)
            return folder
        raise TaggerError(f"{output} exists already; choose another --output, or remove it")
    if working.exists() and not resume:
        raise TaggerError(f"{working} holds an unfinished run; go on with --resume, or remove it to start anew")
    make_folder(working)
    _check_own(working)
    checkpoint = working / _CHECKPOINT
    if resume and not checkpoint.exists():
        listener.on_note(f"nothing to go on with in {working}: the training begins")
    try:
        record = make_record(config, machine_of(choose_device(device)))  # of the files as they are now
        run = _train(config, corpus, checkpoint, device, listener, contextual)
    finally:
        if not checkpoint.exists():
            shutil.rmtree(working)  # there is nothing to go on with
    finished = working / "model"
    scores = {
        name: run.evaluate(split).to_json() for name, split in (("dev", corpus.dev), ("test", corpus.test)) if split
    }
    calibration = run.calibrate(corpus.dev)
    if calibration is not None and calibration.set_aside:
        for layer, said in calibration.facts.items():
            listener.on_note(f"confidence of {layer}: {said}")
    provenance = provenance_of(config, corpus, run.identity, choose_device(device))
    weights = pack_tensors({name: p.detach().cpu().contiguous() for name, p in run.model.named_parameters()})
    log = "".join(json.dumps(epoch) + "\n" for epoch in run.history)
    shutil.rmtree(finished, ignore_errors=True)  # what a killed run left of it
    save_model(
        finished,
        config,
        run.tasks,
        run.indexer,
        weights,
        export_network(run.model, run.indexer.beside),
        scores,
        provenance,
        card=model_card(output.name, run.tasks, config, scores, provenance, run.model.sizes, calibration),
        vectors={name: store.encode() for name, store in run.vectors.items()},
        extras={
            RECORD: as_json(record.model_dump()),
            "log.jsonl": log.encode(),
            "curves.png": learning_curves(run.history),
            **({} if calibration is None else {CALIBRATION: as_json(calibration.to_json())}),
            **_confusions(scores),
        },
        contextual=run.contextual,
    )
    try:
        finished.rename(output)
    except OSError as fault:  # something else has come to stand there meanwhile
        raise TaggerError(f"{output}: cannot be written: {fault.strerror}; the model is in {finished}") from fault
    shutil.rmtree(working)
    return load_folder(output)


def _confusions(scores: Mapping[str, Any]) -> dict[str, bytes]:
    """A picture of what is taken for what on dev, by the name of its file, where labels of sentences are learnt."""
    dev = scores.get("dev", {})
    confusions = dev.get("further", {}).get(LABEL, dev).get("confusions")
    return {"confusions.png": confusion_matrix(confusions)} if confusions and len(confusions) <= _DRAWN else {}


def _check_own(working: Path) -> None:
    """Raise TaggerError where a working folder, which will be removed, holds what no run has put there."""
    for file in sorted(working.iterdir()):
        if file.name not in (_CHECKPOINT, "model") and not file.name.startswith(f".{_CHECKPOINT}."):
            raise TaggerError(f"{file}: no part of a run; move it away, or choose another --output")


@dataclass(frozen=True)
class Fold:
    """A network trained without a part of the training data, and that part."""

    run: Run
    division: Division


def cross_validate(
    config: Config,
    corpus: Corpus,
    number: int,
    working: Path,
    device: str = "auto",
    listener: Listener | None = None,
    contextual: Mapping[str, CharacterModels] | None = None,
) -> Iterator[AnyScores]:
    """Scores of the models of `train_folds`, each on the part that it was trained without."""
    for fold in train_folds(config, corpus, number, working, device, listener, contextual):
        yield fold.run.evaluate(fold.division.held)


def train_folds(
    config: Config,
    corpus: Corpus,
    number: int,
    working: Path,
    device: str = "auto",
    listener: Listener | None = None,
    contextual: Mapping[str, CharacterModels] | None = None,
) -> Iterator[Fold]:
    """`number` models, each trained without one part of the training documents; they are cross-validated by it.

    Early stopping looks at a tenth of the documents that are left (at nothing where `data.dev` is "none"), never at the
    part held out. The parts are the same whatever the seed, so that seeds and recipes can be compared. `contextual` is
    as for `train_model`.
    """
    listener = listener or Silent()
    contextual = load_contextual(config.model) if contextual is None else contextual
    if config.data.partly:
        raise ConfigError("data.partial: partly annotated data cannot be scored; cross-validate whole data, without it")
    divisions = list(folds(corpus.train, number, FOLDS_SEED, config.task.several_answers))
    if config.data.dev != "none" and any(division.of - division.documents < 2 for division in divisions):
        problem = f"--folds {number}: a fold leaves a single sentence or document to train on, and none for dev"
        raise TaggerError(f"{problem}; say --dev none, or give more data")
    for turn, division in enumerate(divisions, start=1):
        listener.on_note(f"fold {turn} of {number}: {counted(len(division.held), 'sentence')} held out")
        part = Corpus(division.kept, schemes=corpus.schemes)
        if config.data.dev != "none":
            part = with_dev(part, config.training.seed, listener.on_note, config.task.several_answers)
        checkpoint = working / f"fold-{turn}.safetensors"
        checkpoint.unlink(missing_ok=True)  # only `train_model` goes on with what it finds
        run = _train(config, part, checkpoint, device, listener, contextual)
        checkpoint.unlink()
        yield Fold(run, division)


def _train(
    config: Config,
    corpus: Corpus,
    checkpoint: Path,
    device: str,
    listener: Listener,
    read: Mapping[str, CharacterModels],
) -> Run:
    threads = torch.get_num_threads()
    try:
        with full_precision(), torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours to use up
            return _train_on(config, corpus, checkpoint, device, listener, read)
    except (RuntimeError, MemoryError) as fault:
        if isinstance(fault, MemoryError | torch.cuda.OutOfMemoryError) or "DefaultCPUAllocator" in str(fault):
            advice = "lower training.batch_tokens, or the sizes in model"
            raise TaggerError(f"there is not enough memory for this training; {advice}") from fault
        raise
    finally:
        torch.set_num_threads(threads)


def _train_on(
    config: Config,
    corpus: Corpus,
    checkpoint: Path,
    device: str,
    listener: Listener,
    read: Mapping[str, CharacterModels],
) -> Run:
    settings = config.training
    place = choose_device(device)
    _check_precision(settings.precision, place)
    torch.set_num_threads(settings.threads)
    accelerate()
    if config.problems:  # which settings read from a file do not have
        raise ConfigError("\n".join(config.problems))
    layers = config.task.layers
    columns = columns_of(config)
    if told := [layer for layer in layers if layer in columns]:
        raise ConfigError(f"model.features: {told[0]!r} is a layer that is learnt, and cannot be read; leave it out")
    train = as_store(corpus.train, (*layers, *columns))
    if not train:
        raise TaggerError("the training data holds no token")
    if unchecked := [layer for layer in layers if layer not in corpus.schemes]:
        raise TaggerError(f"the tags of {', '.join(unchecked)} are not checked: make the corpus with layer={layers}")
    tasks = build_tasks(config, corpus, train)
    for task in tasks:
        note_gold(task, corpus, listener.on_note)
    settled = settle_ratio(config, tasks[0], corpus, train, listener.on_note)
    seen, held = divide_dev(corpus.dev, settings.calibration, tasks, listener.on_note)
    vectors = load_vectors(config.model, listener.on_note)
    examples = examples_of(tasks[0], train)
    if len(examples) != len(train):
        listener.on_note(counted(len(examples), "training example"))
    contextual = {name: models.open(str(place), remember=corpus.dev) for name, models in read.items()}
    dimensions = {name: models.dimensions for name, models in read.items()}
    indexer = build_indexer(config.model, examples, vectors, dimensions)
    for name, store in vectors.items():
        counts = count_column(examples.columns[TOKEN])
        listener.on_note(f"vectors {name}: {store.coverage(list(counts), list(counts.values())).report()}")
    torch.manual_seed(settings.seed)
    model = build_model(settled, indexer, tasks).to(place)
    listener.on_model(model.sizes)
    engine = TorchEngine(model, indexer, tasks[0].search, contextual)

    def score() -> float:
        return _evaluate(engine, tasks, seen).headline

    identity = identity_of(config, corpus, place)
    trainer = Trainer(
        model,
        settings,
        source_of(config, tasks, examples, engine.index(examples), indexer.learning),
        score if corpus.dev else None,
        checkpoint,
        identity,
        listener,
    )
    if checkpoint.exists():
        trainer.resume()
        listener.on_note(f"resumed in epoch {trainer.progress.epoch + 1} after step {trainer.progress.step:,}")
    trainer.run()
    model.eval()
    copies = {
        contextual_folder(number, direction): folder
        for number, models in enumerate(read.values())
        for direction, folder in models.folders.items()
    }
    return Run(config, tasks, indexer, model, engine, identity, vectors, copies, trainer.progress.history, held)


def _evaluate(engine: TorchEngine, tasks: Sequence[Task], sentences: Sequence[Sentence]) -> AnyScores:
    """Scores on sentences, of whatever kind."""
    first = tasks[0]
    if isinstance(first, LanguageModel):
        return score_text(engine, first, sentences)
    return evaluate(engine, of_sentences(tasks), sentences)


def _check_precision(precision: str, place: torch.device) -> None:
    if precision == "bfloat16" and place.type == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        raise ConfigError('training.precision: this processor has no bfloat16; set it to "float32"')
