package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.data.Damage;
import io.winnow.data.Damage.LongTail;
import io.winnow.data.DamagedDataset;
import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.ImageArchive;
import io.winnow.data.Resize;
import io.winnow.pipeline.Sampling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a data set whose faults are known of a good one. */
@Command(
    name = "damage",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a data set with known faults: outliers, near-duplicates, wrong labels, a long tail.",
      "What was done to an image stands in its name; a test split is taken over as it",
      "is. The same command gives the same bytes. For example",
      "  winnow damage cifar10.zip planted.zip --size 16 --outliers-of imagenette.zip \\",
      "      --outliers 0.15 --near-duplicates 0.15"
    })
final class DamageCommand implements Callable<Integer> {
  private static final String TRAIN = "train";
  private static final String TEST = "test";
  private static final long MAX_PIXELS = 1L << 26;

  private final Console console;

  @Parameters(index = "0", paramLabel = "DATA", description = "Folder, ZIP or TAR of a data set.")
  Path data;

  @Parameters(index = "1", paramLabel = "OUT.zip", description = "Where the new one goes.")
  Path out;

  @Option(
      names = "--size",
      defaultValue = "0",
      description = "Side of the images in pixels (${DEFAULT-VALUE}: their own).")
  int size;

  @Option(
      names = "--resize",
      defaultValue = "average",
      description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
  Resize resize;

  @Option(
      names = "--outliers",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Share of images of another data set, under labels that say nothing of them.")
  double outliers;

  @Option(
      names = "--outliers-of",
      paramLabel = "DATA",
      description = "The data set that they come from.")
  @OrNull
  Path outliersOf;

  @Option(
      names = "--near-duplicates",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Share of near-duplicates of a few images.")
  double nearDuplicates;

  @Option(
      names = "--originals",
      paramLabel = "N",
      defaultValue = "500",
      description = "How many images they repeat (${DEFAULT-VALUE}).")
  int originals;

  @Option(
      names = "--wrong-labels",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Share of images in the folder of another class.")
  double wrongLabels;

  @Option(
      names = "--long-tail",
      paramLabel = "MOST:LEAST",
      description = "Images of the first class and of the last; those between fall exponentially.")
  @OrNull
  String longTail;

  @Option(names = "--seed", defaultValue = "0", description = "Seed (${DEFAULT-VALUE}).")
  long seed;

  DamageCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Damage damage = new Damage(outliers, nearDuplicates, originals, wrongLabels, tail());
    if ((outliers > 0) != (outliersOf != null)) {
      throw new IllegalArgumentException(
          "damage: --outliers %s with --outliers-of %s; expected both, a share and where they come from, or neither."
              .formatted(outliers, outliersOf));
    }
    if (!out.toString().endsWith(".zip")) {
      throw new IllegalArgumentException("damage " + out + ": expected a name that ends in .zip.");
    }
    Sampling.requireFree(out);
    try (DamagedDataset train =
        new DamagedDataset(open(data, TRAIN), strange(), TRAIN, damage, seed)) {
      List<Dataset> parts = new ArrayList<>(List.of(train));
      Datasets.split(config(data, TEST), TEST, seed)
          .map(test -> Datasets.resized(test, size, resize))
          .ifPresent(test -> parts.add(new DamagedDataset(test, null, TEST, Damage.NONE, seed)));
      String summary = summary(train);
      ImageArchive.write(out, parts, summary, console.progress(), console.stop());
      parts.stream().skip(1).forEach(Dataset::close);
      console.out().print(summary);
    }
    console.out().println(out);
    return ExitCode.DONE;
  }

  private @OrNull Dataset strange() {
    return outliersOf == null ? null : open(outliersOf, TRAIN);
  }

  private Dataset open(Path path, String split) {
    Dataset dataset = Datasets.open(config(path, split), seed);
    return Datasets.resized(dataset, size, resize);
  }

  private DatasetConfig config(Path path, String split) {
    return new DatasetConfig(
        DatasetConfig.Type.CIFAR10, path.toString(), split, size, resize, MAX_PIXELS, 0, 100);
  }

  private @OrNull LongTail tail() {
    if (longTail == null) {
      return null;
    }
    if (!longTail.matches("\\d{1,9}:\\d{1,9}")) {
      throw new IllegalArgumentException(
          "--long-tail: \"" + longTail + "\"; expected MOST:LEAST, for example 1000:50.");
    }
    String[] ends = longTail.split(":", 2);
    return new LongTail(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
  }

  private static String summary(DamagedDataset made) {
    Map<DamagedDataset.Kind, Integer> counts = new EnumMap<>(DamagedDataset.Kind.class);
    int[] classes = new int[made.classes().size()];
    for (int i = 0; i < made.size(); i++) {
      counts.merge(made.kind(i), 1, Integer::sum);
      classes[made.label(i)]++;
    }
    StringBuilder text = new StringBuilder(made.name() + ", " + made.size() + " images\n");
    counts.forEach(
        (kind, n) -> text.append(String.format(Locale.ROOT, "  %-16s%d\n", kind.slug(), n)));
    String sizes =
        Arrays.stream(classes).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    return text.append("  of the classes  ").append(sizes).append('\n').toString();
  }
}
