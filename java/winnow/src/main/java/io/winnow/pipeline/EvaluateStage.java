package io.winnow.pipeline;

import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metrics;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.Inventory;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Measures a run's samples: {@code metrics.json} and {@code memorisation.json}. */
final class EvaluateStage {
  private final Recipe recipe;
  private final RunData data;
  private final EncodeStage encoding;
  private final String precision;
  private final Path folder;
  private final Listener listener;
  private final BooleanSupplier stop;

  /**
   * @param encoding gives the recipe's own encoder and the features of the data set
   * @param precision arithmetic of the run, for the circumstances
   */
  EvaluateStage(
      Recipe recipe,
      RunData data,
      EncodeStage encoding,
      String precision,
      Path folder,
      Listener listener,
      BooleanSupplier stop) {
    this.recipe = recipe;
    this.data = data;
    this.encoding = encoding;
    this.precision = precision;
    this.folder = folder;
    this.listener = listener;
    this.stop = stop;
  }

  /** Whether any metric looks through the recipe's own encoder. */
  static boolean needsEncoder(Recipe recipe) {
    Evaluator names = new Evaluator(n -> null, recipe.encode().encoder(), 1, null, null, null);
    return recipe.evaluate().metrics().stream()
        .anyMatch(kind -> names.encoderOf(kind).equals(recipe.encode().encoder()));
  }

  /**
   * Measures.
   *
   * @param trained positions of the images that the model has seen, ascending
   * @param baseline whether samples of a model without class weights are measured beside
   */
  Ledger.Outcome run(int[] trained, boolean baseline) {
    List<Metric> metrics = new ArrayList<>();
    List<Path> outputs = new ArrayList<>();
    Evaluator evaluator =
        new Evaluator(
            this::open,
            recipe.encode().encoder(),
            recipe.encode().batch(),
            folder.resolve("statistics"),
            listener,
            stop);
    try (Dataset samples = samples("samples")) {
      Circumstances circumstances = circumstances(null);
      metrics.addAll(evaluator.run(request("samples", samples, circumstances, true)));
      if (recipe.evaluate().metrics().contains(MetricKind.MEMORISATION)) {
        metrics.addAll(memorisation(evaluator, samples, trained, circumstances));
        outputs.add(folder.resolve("memorisation.json"));
      }
    }
    if (baseline) {
      try (Dataset samples = samples("samples-unweighted")) {
        metrics.addAll(
            evaluator.run(
                request("samples-unweighted", samples, circumstances("unweighted"), false)));
      }
    }
    new Metrics(metrics).write(folder.resolve("metrics.json"));
    outputs.add(folder.resolve("metrics.json"));
    summary(metrics);
    return new Ledger.Outcome(outputs, recipe.sample().count(), null);
  }

  /** Removes features of samples that were drawn before. */
  void discard() {
    PruneStage.delete(folder.resolve("sample-features"));
    PruneStage.delete(folder.resolve("metrics.json"));
    PruneStage.delete(folder.resolve("memorisation.json"));
  }

  private void summary(List<Metric> metrics) {
    metrics.stream()
        .filter(m -> m.label() == null)
        .forEach(
            m ->
                listener.note(
                    String.format(
                        Locale.ROOT,
                        "evaluate: %s%s %.5g",
                        m.name(),
                        m.c().variant() == null ? "" : " (" + m.c().variant() + ")",
                        m.value())));
  }

  private Evaluator.Request request(
      String name, Dataset samples, Circumstances circumstances, boolean floors) {
    return new Evaluator.Request(
        recipe.evaluate().metrics(),
        new Evaluator.Side(
            samples,
            Inventory.hashOf(samples, Runtime.getRuntime().availableProcessors()),
            encoder ->
                folder.resolve("sample-features").resolve(name).resolve(encoder.identity().name())),
        reference(),
        circumstances,
        recipe.seed(),
        floors);
  }

  /**
   * The training images as the model saw them: where they are trained on in another size, samples
   * are compared with images of that size, both brought to the encoder's input in the same way.
   */
  private Evaluator.Side reference() {
    String size = sizeName(recipe.dataset());
    return new Evaluator.Side(
        asTrained(data.dataset()),
        data.inventory().hash() + size,
        encoder -> folder.resolve("features").resolve(encoder.identity().name() + size));
  }

  private Dataset asTrained(Dataset dataset) {
    return Datasets.resized(dataset, recipe.dataset().size(), recipe.dataset().resize());
  }

  private static String sizeName(DatasetConfig config) {
    return config.size() == 0
        ? ""
        : "-at-" + config.size() + "-" + config.resize().name().toLowerCase(Locale.ROOT);
  }

  private static List<String> notes(DatasetConfig config) {
    return config.size() == 0
        ? List.of()
        : List.of(
            String.format(
                Locale.ROOT,
                "reference images brought to %d x %d (%s) as for training, then to the encoder's"
                    + " input as the samples are",
                config.size(),
                config.size(),
                config.resize().name().toLowerCase(Locale.ROOT)));
  }

  private Encoder open(String name) {
    if (name.equals(recipe.encode().encoder())) {
      return encoding.open();
    }
    EncodeConfig usual = EncodeConfig.of(name, recipe.evaluate().fileOf(name));
    return Encoders.open(usual, null, encoding.device(), recipe.seed());
  }

  private Dataset samples(String name) {
    return recipe.sample().format() == SampleConfig.Format.NPZ
        ? NpzPictures.open(folder.resolve(name + ".npz"), data.dataset().classes())
        : new ClassFolders(
            Datasets.pictures(folder.resolve(name), "", recipe.dataset().maxPixels()),
            data.dataset().classes());
  }

  private Circumstances circumstances(@OrNull String variant) {
    SampleConfig sample = recipe.sample();
    return new Circumstances(
        sample.count(),
        data.size(),
        data.dataset().name(),
        null,
        null,
        null,
        sample.weights().name().toLowerCase(Locale.ROOT),
        sample.sampler().method().name().toLowerCase(Locale.ROOT)
            + "-"
            + sample.sampler().rule().name().toLowerCase(Locale.ROOT),
        sample.sampler().steps(),
        sample.guidanceWeight(),
        recipe.seed(),
        precision,
        variant,
        notes(recipe.dataset()));
  }

  private List<Metric> memorisation(
      Evaluator evaluator, Dataset samples, int[] trained, Circumstances circumstances) {
    try (Encoder encoder = encoding.open();
        Features own =
            evaluator.features(
                encoder, request("samples", samples, circumstances, false).samples(), "encode");
        Features all = evaluator.features(encoder, reference(), "encode reference");
        Dataset heldOut = heldOut()) {
      Memoriser.Images held = null;
      if (heldOut != null) {
        Evaluator.Side side =
            new Evaluator.Side(
                heldOut,
                new HeldOut(recipe, folder).identity() + sizeName(recipe.dataset()),
                e ->
                    folder
                        .resolve("features")
                        .resolve("held-out-" + e.identity().name() + sizeName(recipe.dataset())));
        held = Memoriser.Images.all(heldOut, evaluator.features(encoder, side, "encode held-out"));
      }
      Memorisation found =
          Memoriser.measure(
              Memoriser.Images.all(samples, own),
              new Memoriser.Images(reference().images(), all, trained),
              held,
              folder.resolve("report-data"));
      if (held != null) {
        held.features().close();
      }
      found.write(folder.resolve("memorisation.json"));
      return Memoriser.metrics(found, own, circumstances);
    }
  }

  /** Images of the same kind that no model of this run has seen; null where there are none. */
  private @OrNull Dataset heldOut() {
    try {
      Dataset found = new HeldOut(recipe, folder).open();
      return found == null ? null : asTrained(found);
    } catch (IllegalArgumentException e) {
      listener.note("memorisation: no held-out images (" + e.getMessage() + ")");
      return null;
    }
  }
}
