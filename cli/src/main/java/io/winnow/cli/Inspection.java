package io.winnow.cli;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.data.Dataset;
import io.winnow.data.Datasets;
import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.weights.ArrayRows;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.KnownNetworks;
import io.winnow.weights.Npz;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;

/** What a file or folder is, as names and values in the order in which they are worth reading. */
final class Inspection {
  private static final long MAX_PIXELS = 1L << 28;

  private Inspection() {}

  /**
   * Describes anything that Winnow reads or writes.
   *
   * @throws IllegalArgumentException when it is nothing of the kind
   */
  static Map<String, Object> of(Path path) {
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          path
              + ": no such file or folder. Give the path of a run, an artifact or a weights file.");
    }
    return Files.isDirectory(path) ? folder(path) : file(path);
  }

  private static Map<String, Object> folder(Path path) {
    Path record = new RunLayout(path).record();
    if (Files.exists(record)) {
      return run(RunRecord.read(record));
    }
    if (Files.exists(new RunLayout(path).pruneSettings())) {
      return coreset(new RunLayout(path).coreset());
    }
    if (Files.exists(path.resolve("encoder.json"))) {
      return features(path);
    }
    if (Files.exists(path.resolve("classifier.safetensors"))) {
      return weights("classifier", path.resolve("classifier.safetensors"));
    }
    for (String inner : List.of("unet", ".")) {
      Path weights = path.resolve(inner).resolve("diffusion_pytorch_model.safetensors").normalize();
      if (Files.exists(weights)) {
        return weights("diffusers folder", weights);
      }
    }
    return pictures(path);
  }

  private static Map<String, Object> file(Path path) {
    String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".safetensors")) {
      return weights("safetensors", path);
    }
    if (name.endsWith(".npy")) {
      return npy(path);
    }
    if (name.endsWith(".npz")) {
      return npz(path);
    }
    if (name.endsWith(".parquet") || name.equals("coreset.json")) {
      return coreset(path.resolveSibling("coreset.parquet"));
    }
    if (name.equals("class-weights.json")) {
      return classWeights(path);
    }
    if (name.equals("metrics.json")) {
      return metrics(path);
    }
    if (name.equals("run.json")) {
      return run(RunRecord.read(path));
    }
    if (name.endsWith(".tar") || name.endsWith(".tgz") || name.endsWith(".tar.gz")) {
      return pictures(path);
    }
    return name.endsWith(".zip") ? pictures(path) : checkpoint(path);
  }

  private static Map<String, Object> run(RunRecord record) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("kind", "run");
    facts.put("name", record.name());
    record
        .stages()
        .forEach(
            (name, stage) ->
                facts.put(
                    "stage " + name,
                    stage.state().name().toLowerCase(Locale.ROOT)
                        + String.format(Locale.ROOT, ", %.1f s", stage.seconds())
                        + (stage.images() > 0 ? ", " + stage.images() + " images" : "")));
    record.stages().forEach((name, stage) -> wiring(name, stage, facts));
    facts.putAll(record.versions());
    facts.putAll(record.hardware());
    return facts;
  }

  /** What a stage trained on what, or drew from what. */
  private static void wiring(String name, RunRecord.Stage stage, Map<String, Object> facts) {
    if (stage.training() != null) {
      facts.put("training of " + name, training(stage.training()));
    }
    if (stage.sampling() != null) {
      RunRecord.Sampling drawn = stage.sampling();
      facts.put(
          "drawing of " + name,
          String.format(
              Locale.ROOT,
              "%s weights in %s mode, guidance weight %s, %d classes",
              drawn.weights(),
              drawn.mode(),
              drawn.guidanceWeight(),
              drawn.byClass().size()));
    }
  }

  private static String training(RunRecord.Training training) {
    List<String> words = new ArrayList<>();
    for (RunRecord.Phase phase : training.phases()) {
      words.add(
          String.format(
              Locale.ROOT,
              "%d updates on %d images (%s, ids %s)",
              phase.updates(),
              phase.images(),
              phase.name(),
              phase.sha256().substring(0, 12)));
    }
    RunRecord.Range weights = training.weights();
    if (weights != null) {
      words.add(
          String.format(
              Locale.ROOT,
              "weights %.4g to %.4g (%s)",
              weights.smallest(),
              weights.largest(),
              training.weighting()));
    }
    words.add(String.format(Locale.ROOT, "label dropout %s", training.labelDropout()));
    if (training.reference() != null) {
      words.add("reference in " + training.reference().mode() + " mode");
    }
    return String.join("; ", words);
  }

  private static Map<String, Object> features(Path path) {
    try (Features features = FeatureFolder.read(path)) {
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("kind", "features");
      facts.put("encoder", features.encoder().describe());
      facts.put("identity", features.encoder().hash());
      facts.put("rows", features.rows());
      facts.put("dimension", features.dimension());
      facts.put("classes", features.classes().size());
      return facts;
    }
  }

  private static Map<String, Object> coreset(Path path) {
    Coreset coreset = CoresetFiles.read(path);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("kind", "coreset");
    facts.put("method", coreset.selection().method());
    facts.put("ratio", coreset.selection().ratio());
    facts.put("kept", coreset.kept().length);
    facts.put("dropped", coreset.dropped().length);
    facts.put("options", coreset.selection().options());
    facts.put("keptByClass", coreset.selection().keptByClass());
    facts.put("notes", coreset.selection().notes());
    Path diagnostics = new RunLayout(path.toAbsolutePath().getParent()).diagnostics();
    if (Files.exists(diagnostics)) {
      facts.putAll(SelectionSummary.lines(SelectionDiagnostics.read(diagnostics)));
    }
    return facts;
  }

  private static Map<String, Object> classWeights(Path path) {
    ClassWeights weights = ClassWeights.read(path);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("kind", "class weights");
    for (int k = 0; k < weights.classes().size(); k++) {
      facts.put("weight of " + weights.classes().get(k), weights.weights()[k]);
    }
    facts.put("settings", weights.settings());
    facts.put("warnings", weights.warnings());
    return facts;
  }

  private static Map<String, Object> metrics(Path path) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("kind", "metrics");
    for (Metric metric : Metrics.read(path).metrics()) {
      String of = metric.className() == null ? "" : " of " + metric.className();
      String variant = metric.c().variant() == null ? "" : " (" + metric.c().variant() + ")";
      facts.put(metric.name() + of + variant, metric.value());
    }
    return facts;
  }

  private static Map<String, Object> npy(Path path) {
    try (ArrayRows rows = ArrayRows.open(path)) {
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("kind", "npy array");
      facts.put("shape", Arrays.toString(rows.shape()));
      facts.put("type", rows.dtype().intern().name());
      return facts;
    }
  }

  private static Map<String, Object> npz(Path path) {
    try (Npz npz = Npz.open(path)) {
      Map<String, Object> facts = new LinkedHashMap<>();
      boolean statistics = npz.has("mu") && npz.has("sigma");
      facts.put("kind", statistics ? "npz with Frechet statistics" : "npz arrays");
      for (String name : npz.names()) {
        try (ArrayRows rows = npz.rows(name)) {
          facts.put(name, rows.dtype().intern().name() + " " + Arrays.toString(rows.shape()));
        }
      }
      return facts;
    }
  }

  private static Map<String, Object> weights(String kind, Path path) {
    try (Scope scope = Scope.open()) {
      return state(kind, path, Safetensors.read(path));
    }
  }

  private static Map<String, Object> checkpoint(Path path) {
    try (Scope scope = Scope.open()) {
      return state("checkpoint", path, Checkpoint.read(path));
    }
  }

  private static Map<String, Object> state(String kind, Path path, Map<String, Tensor> tensors) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("kind", kind);
    KnownNetworks.guess(tensors).ifPresent(guess -> facts.put("looks like", guess));
    long values = 0;
    Map<String, Integer> types = new TreeMap<>();
    List<String> first = new ArrayList<>();
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      values += entry.getValue().numel();
      types.merge(entry.getValue().scalar_type().intern().name(), 1, Integer::sum);
      if (first.size() < 8) {
        first.add(entry.getKey() + " " + Arrays.toString(entry.getValue().shape()));
      }
    }
    facts.put("tensors", tensors.size());
    facts.put("values", values);
    facts.put("types", types);
    facts.put("begins with", first);
    facts.put("sha256", Sha256.of(path));
    return facts;
  }

  private static Map<String, Object> pictures(Path path) {
    try (Dataset dataset = Datasets.pictures(path, "", MAX_PIXELS)) {
      if (dataset.size() == 0) {
        throw new IllegalArgumentException(
            path + ": nothing that Winnow knows; expected a run, an artifact, weights or images.");
      }
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("kind", "images");
      facts.put("images", dataset.size());
      Map<String, Integer> counts = new LinkedHashMap<>();
      for (int i = 0; i < dataset.size() && !dataset.classes().isEmpty(); i++) {
        counts.merge(dataset.classes().get(dataset.label(i)), 1, Integer::sum);
      }
      facts.put("classes", counts);
      return facts;
    }
  }
}
