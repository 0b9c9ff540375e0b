package io.winnow.cli;

import io.winnow.data.ImageDraw;
import io.winnow.encode.Encoder;
import io.winnow.encode.EncoderNames;
import io.winnow.evaluate.Evaluation;
import io.winnow.evaluate.EvaluationRequest;
import io.winnow.evaluate.EvaluationSettings;
import io.winnow.evaluate.MetricEncoders;
import io.winnow.evaluate.MetricKind;
import io.winnow.evaluate.SetStatistics;
import io.winnow.evaluate.Side;
import io.winnow.evaluate.Sides;
import io.winnow.files.AtomicFolder;
import io.winnow.files.Json;
import io.winnow.pipeline.Stage;
import io.winnow.report.MetricsPage;
import io.winnow.task.Interrupted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares two sets of images, features or statistics, without a recipe and without a run. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Measures how far samples are from a reference: FID and its relatives, KID, CMMD, precision"
          + " and recall, the Inception Score.",
      "Both sides may be folders, ZIPs or TARs of images, .npz sample batches, features (folders of"
          + " winnow encode, .npy or .npz), or .npz statistics of pytorch-fid or ADM."
    })
final class EvaluateCommand implements Callable<Integer> {
  /** Where the closest pairs of a memorisation are, below the work folder. */
  private static final String PICTURES = "memorisation-pictures";

  private final Console console;

  @Parameters(index = "0", paramLabel = "SAMPLES", description = "What is measured.")
  Path samples;

  @Option(names = "--reference", paramLabel = "DATA", description = "What it is compared with.")
  Path reference;

  @Option(
      names = "--halves",
      description = "Compare two disjoint halves of SAMPLES, drawn class by class.")
  boolean halves;

  @Option(
      names = "--metrics",
      paramLabel = "NAME",
      split = ",",
      description =
          "fd, class-fd, fid, class-fid, sfid, kid, inception-score, precision-recall, cmmd,"
              + " fd-dinov2, fd-infinity, class-agreement, memorisation (default: fd, and class-fd"
              + " where both sides have the same classes).")
  List<String> metrics = new ArrayList<>();

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      completionCandidates = EncoderOptions.Names.class,
      description =
          "Of metrics that have none of their own (default: that of the features given, else"
              + " fid-inception). fid-inception, fid-inception-clean and fid-inception-tensorflow"
              + " are FID as pytorch-fid, clean-fid and ADM compute it. One of"
              + " ${COMPLETION-CANDIDATES}.")
  String encoder;

  @Option(
      names = "--weights",
      paramLabel = "[NAME=]FILE",
      description =
          "The file of the encoder, or of the encoder NAME; repeat it where metrics look through"
              + " several.")
  List<String> weights = new ArrayList<>();

  @Option(
      names = "--reference-split",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Folder of the reference to take, for example train.")
  String referenceSplit;

  @Option(
      names = "--held-out",
      paramLabel = "DATA",
      description =
          "For memorisation, with the training images as the reference: images like them that the"
              + " model has not seen.")
  Path heldOut;

  @Option(
      names = "--held-out-split",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Folder of the held-out images to take, for example test.")
  String heldOutSplit;

  @Option(
      names = "--cache",
      paramLabel = "FOLDER",
      description = "Keep features and statistics there for the next time.")
  Path cache;

  @Option(
      names = "--save-stats",
      paramLabel = "FILE",
      description =
          "Also write mean and covariance of SAMPLES as .npz, as pytorch-fid does; with"
              + " fid-inception-tensorflow those of sFID, too, as ADM does. Needs no reference.")
  Path saveStats;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Option(names = "--out", paramLabel = "FILE", description = "Also write the JSON into a file.")
  Path out;

  @Option(names = "--html", paramLabel = "FILE", description = "Also write a page with charts.")
  Path html;

  @Mixin DrawOptions part;

  @Mixin EncoderOptions options;

  EvaluateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RecipeOptions.refuseRecipe(samples, Stage.EVALUATE);
    List<MetricKind> kinds = metrics.stream().map(MetricKind::parse).distinct().toList();
    if (encoder != null) {
      EncoderOptions.requireKnown(encoder);
    }
    Map<String, String> files = files();
    requireOneReference();
    requireHeldOutIsWanted(kinds);
    checkWeights(kinds, files);
    try {
      Path work = cache == null ? Files.createTempDirectory("winnow-evaluate") : cache;
      try {
        run(kinds, settings(files, work));
      } finally {
        if (cache == null) {
          AtomicFolder.delete(work);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "evaluate: the folder for features could not be made or removed; give --cache FOLDER", e);
    } catch (Interrupted e) {
      console
          .err()
          .println(
              cache == null
                  ? "winnow: evaluate: stopped; nothing was kept. With --cache FOLDER it goes on."
                  : "winnow: " + e.getMessage());
      return ExitCode.RESUMABLE;
    }
    return ExitCode.DONE;
  }

  private void requireOneReference() {
    if (halves && reference != null) {
      throw new IllegalArgumentException(
          "evaluate: --halves compares SAMPLES with itself, so --reference has no place.");
    }
    if (!halves && reference == null && saveStats == null) {
      throw new IllegalArgumentException(
          "evaluate: there is nothing to compare with; give --reference DATA, or --halves for two"
              + " halves of SAMPLES.");
    }
  }

  private void requireHeldOutIsWanted(List<MetricKind> kinds) {
    if (heldOut != null && !kinds.contains(MetricKind.MEMORISATION)) {
      throw new IllegalArgumentException(
          "evaluate: --held-out "
              + heldOut
              + " is of use for memorisation alone, which is not among the metrics. Add it to"
              + " --metrics.");
    }
  }

  /** Opens what images will be looked at with, before they are read. */
  private void checkWeights(List<MetricKind> kinds, Map<String, String> files) {
    List<Path> sides = Stream.of(samples, reference, heldOut).filter(Objects::nonNull).toList();
    boolean encoderMayBeTheirs = encoder == null && sides.stream().anyMatch(Sides::isWhole);
    if (encoderMayBeTheirs || sides.stream().allMatch(Sides::isWhole)) {
      return; // features and statistics say themselves what has to be looked at, and are read at
      // once
    }
    MetricEncoders.all(kinds, encoder == null ? EncoderNames.FID_INCEPTION : encoder)
        .forEach(name -> found(name, files).get().close());
  }

  private EvaluationSettings settings(Map<String, String> files, Path work) {
    return new EvaluationSettings(
        name -> found(name, files),
        encoder,
        null,
        options.batch,
        work,
        work.resolve(PICTURES),
        part.seed,
        options.describe(),
        console.progress(),
        console.stop());
  }

  private void run(List<MetricKind> kinds, EvaluationSettings settings) {
    ImageDraw ownDraw = part.draw(part.split, halves ? 1 : 0);
    if (reference == null && !halves) {
      try (Side only = open(samples, ownDraw, List.of())) {
        save(settings, only);
      }
      return;
    }
    Path other = halves ? samples : reference;
    ImageDraw theirDraw = halves ? part.draw(part.split, 2) : part.draw(referenceSplit, 0);
    // Labels of a sample batch are named by the side that has names.
    boolean ownFirst = other.toString().endsWith(".npz");
    try (Side first = open(ownFirst ? samples : other, ownFirst ? ownDraw : theirDraw, List.of());
        Side second =
            open(ownFirst ? other : samples, ownFirst ? theirDraw : ownDraw, first.classes());
        Side held =
            heldOut == null ? null : open(heldOut, part.draw(heldOutSplit, 0), first.classes())) {
      Side own = ownFirst ? first : second;
      Side theirs = ownFirst ? second : first;
      EvaluationRequest request =
          kinds.isEmpty()
              ? EvaluationRequest.usual(own, theirs)
              : EvaluationRequest.of(own, theirs, kinds);
      show(
          Evaluation.run(settings, held == null ? request : request.withHeldOut(held)),
          settings.pictures());
      if (saveStats != null) {
        save(settings, own);
      }
    }
  }

  private void save(EvaluationSettings settings, Side set) {
    new SetStatistics(settings, set).save(saveStats);
    console.progress().note("statistics of " + set.facts().source() + " are in " + saveStats);
  }

  private Side open(Path path, ImageDraw draw, List<String> classes) {
    boolean whole = draw.limit() > 0 && draw.half() == 0 && Sides.isWhole(path);
    if (whole) {
      console.progress().note(path + ": is taken whole; --limit is for images alone");
    }
    return Sides.open(
        path,
        whole ? new ImageDraw(draw.split(), 0, 0, draw.seed()) : draw,
        classes,
        console.progress());
  }

  /** Files by encoder name; "" for the one without a name. */
  private Map<String, String> files() {
    Map<String, String> files = new LinkedHashMap<>();
    for (String option : weights) {
      int equals = option.indexOf('=');
      boolean named = equals > 0 && EncoderNames.ALL.contains(option.substring(0, equals));
      String name = named ? option.substring(0, equals) : "";
      if (files.put(name, named ? option.substring(equals + 1) : option) != null) {
        throw new IllegalArgumentException(
            "--weights "
                + option
                + ": a second file "
                + (named ? "of " + name : "without a name")
                + "; expected one. Write --weights NAME=FILE for every encoder.");
      }
    }
    return files;
  }

  private Supplier<Encoder> found(String name, Map<String, String> files) {
    String file = files.get(name);
    if (file == null && name.contains("fid-inception")) {
      // One network serves FID in its three modes and sFID.
      file =
          files.entrySet().stream()
              .filter(e -> e.getKey().contains("fid-inception"))
              .map(Map.Entry::getValue)
              .findFirst()
              .orElse(null);
    }
    boolean chosen = encoder == null ? name.contains("fid-inception") : family(name, encoder);
    if (file == null && chosen) {
      file = files.get("");
    }
    if (file == null) {
      throw new IllegalArgumentException(
          "evaluate: no weights for encoder "
              + name
              + ", which the metrics look through; expected --weights "
              + name
              + "=FILE. winnow weights list says where to get it"
              + (encoder == null || chosen
                  ? "."
                  : "; fd and class-fd look through " + encoder + "."));
    }
    String known = file;
    return () -> options.open(name, known, part.seed);
  }

  private static boolean family(String name, String chosen) {
    return name.equals(chosen)
        || (name.contains("fid-inception") && chosen.contains("fid-inception"));
  }

  private void show(Evaluation.Outcome outcome, Path pictures) {
    EvaluationTable table = new EvaluationTable(outcome);
    if (json) {
      console.out().print(Json.pretty(outcome.withoutPictures()));
    } else {
      table.print(console.out());
    }
    if (out != null) {
      Json.write(out, outcome.withoutPictures());
    }
    if (html != null) {
      MetricsPage.write(
          html,
          samples.getFileName() + (halves ? ", two halves" : " against " + reference.getFileName()),
          new MetricsPage.Content(
              outcome.metrics(),
              table.circumstances(),
              outcome.warnings(),
              outcome.memorisation(),
              pictures));
    }
  }
}
