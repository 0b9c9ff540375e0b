package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.Coreset.Entry;
import io.winnow.config.OrNull;
import io.winnow.data.DatasetConfig;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.PruneStep;
import io.winnow.prune.Pruning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Puts what a pruning method selected together with the samples it selected from. */
final class CoresetMaker {
  private final List<Sample> samples;
  private final String datasetHash;

  /**
   * What was selected from.
   *
   * @param path where the file lies; the id again where it lies in none of its own
   * @param sha256 of its bytes; empty where there are features alone
   */
  record Sample(String id, String path, String sha256, int label, String className) {}

  /**
   * @param datasetHash identifies the samples
   */
  CoresetMaker(List<Sample> samples, String datasetHash) {
    this.samples = List.copyOf(samples);
    this.datasetHash = datasetHash;
  }

  /** Of a run's images. */
  static CoresetMaker of(RunData data) {
    List<Sample> samples =
        data.inventory().items().stream()
            .map(
                item ->
                    new Sample(
                        item.id(),
                        path(data.config(), item.id()),
                        item.sha256(),
                        item.label(),
                        data.dataset().classes().get(item.label())))
            .toList();
    return new CoresetMaker(samples, data.inventory().hash());
  }

  /**
   * @param encoderHash identity of the features, null when none were used
   */
  Coreset make(Pruning.Result result, PruneConfig prune, long seed, @OrNull String encoderHash) {
    Set<Integer> kept = new HashSet<>();
    for (int row : result.kept()) {
      kept.add(row);
    }
    Map<String, Pruning.Cutoff> cutoffs = new LinkedHashMap<>();
    result.cutoffs().forEach(cutoff -> cutoffs.put(cutoff.group(), cutoff));
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      double score = result.scores()[i];
      boolean stays = kept.contains(i);
      entries.add(
          new Entry(
              sample.id(),
              sample.path(),
              sample.sha256(),
              sample.label(),
              sample.className(),
              score,
              stays,
              result.reasons() != null
                  ? result.reasons()[i]
                  : reason(prune, stays, score, cutoff(cutoffs, sample.label())),
              1.0));
    }
    return new Coreset(selection(result, prune, seed, encoderHash), entries);
  }

  private Coreset.Selection selection(
      Pruning.Result result, PruneConfig prune, long seed, @OrNull String encoderHash) {
    Map<String, Integer> keptByClass = new LinkedHashMap<>();
    Map<Integer, String> names = new HashMap<>();
    samples.forEach(sample -> names.put(sample.label(), sample.className()));
    result.perClass().forEach(count -> keptByClass.put(names.get(count.label()), count.kept()));
    Map<String, List<Double>> cutoffs = new LinkedHashMap<>();
    result.cutoffs().forEach(c -> cutoffs.put(c.group(), List.of(c.from(), c.to())));
    return new Coreset.Selection(
        prune.steps() == null ? word(prune.method()) : "steps",
        options(prune),
        prune.ratio(),
        seed,
        encoderHash,
        datasetHash,
        keptByClass,
        cutoffs,
        result.notes());
  }

  private static Map<String, Object> options(PruneConfig prune) {
    Map<String, Object> options = new LinkedHashMap<>();
    if (prune.steps() != null) {
      options.put("steps", prune.steps().stream().map(PruneStep::toString).toList());
      return options;
    }
    options.put("scoring", prune.scoring());
    options.put("scope", word(prune.scope()));
    options.put("rule", word(prune.rule()));
    options.put("window", word(prune.window()));
    options.put("quota", word(prune.quota()));
    return options;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A group is one class or the whole set. */
  private static @OrNull Pruning.Cutoff cutoff(Map<String, Pruning.Cutoff> cutoffs, int label) {
    Pruning.Cutoff own = cutoffs.get("class " + label);
    return own != null || cutoffs.isEmpty() ? own : cutoffs.values().iterator().next();
  }

  private static String reason(
      PruneConfig prune, boolean kept, double score, @OrNull Pruning.Cutoff cutoff) {
    if (prune.ratio() == 1) {
      return "everything is kept";
    }
    if (cutoff == null) {
      return kept ? "drawn" : "not drawn";
    }
    if (kept) {
      return "score inside the cutoffs";
    }
    if (score < cutoff.from()) {
      return "score below " + number(cutoff.from());
    }
    return score > cutoff.to() ? "score above " + number(cutoff.to()) : "tie at the cutoff";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  /** Where the file lies, for a plain folder; inside an archive the id says it all. */
  private static String path(DatasetConfig config, String id) {
    if (config.path() == null || !Files.isDirectory(Path.of(config.path()))) {
      return id;
    }
    Path file = Path.of(config.path()).resolve(id);
    return Files.exists(file) ? file.toString() : id;
  }
}
