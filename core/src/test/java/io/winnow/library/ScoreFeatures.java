package io.winnow.library;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.files.Sha256;
import io.winnow.prune.Method;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.Pruning;
import io.winnow.prune.TensorRows;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.weights.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Scores features that lie in a file per class, CLASS.npy, and writes what to keep. */
final class ScoreFeatures {
  private ScoreFeatures() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    PruneConfig config =
        PruneConfig.of(Method.GAUSSIAN, Double.parseDouble(args[1])); // 0.2: a fifth
    List<Path> files;
    try (Stream<Path> inside = Files.list(folder)) {
      files = inside.filter(file -> file.toString().endsWith(".npy")).sorted().toList();
    }
    try (Scope scope = Scope.open()) {
      TensorVector parts = new TensorVector();
      List<Integer> labels = new ArrayList<>();
      List<String> ids = new ArrayList<>();
      for (Path file : files) {
        Tensor features = Npy.read(file); // [n, d]
        parts.push_back(features);
        for (long row = 0; row < features.size(0); row++) {
          labels.add((int) parts.size() - 1);
          ids.add(file.getFileName() + "/" + row);
        }
      }
      int[] labelOf = labels.stream().mapToInt(Integer::intValue).toArray();
      TensorRows rows = new TensorRows(torch.cat(parts, 0), labelOf); // [N, d]
      Pruning.Result result = Pruning.select(rows, config, 0, Progress.SILENT);
      CoresetFiles.write(manifest(files, ids, labelOf, config, result), Path.of(args[2]));
    }
  }

  private static Coreset manifest(
      List<Path> files, List<String> ids, int[] labels, PruneConfig config, Pruning.Result result) {
    boolean[] kept = new boolean[labels.length];
    for (int row : result.kept()) {
      kept[row] = true;
    }
    List<Coreset.Entry> entries = new ArrayList<>();
    Map<String, Integer> keptByClass = new TreeMap<>();
    for (int row = 0; row < labels.length; row++) {
      String name = files.get(labels[row]).getFileName().toString().replace(".npy", "");
      keptByClass.merge(name, kept[row] ? 1 : 0, Integer::sum);
      entries.add(
          new Coreset.Entry(
              ids.get(row),
              ids.get(row),
              Sha256.of(ids.get(row)), // of the image's bytes, where there are images
              labels[row],
              name,
              result.scores()[row],
              kept[row],
              kept[row] ? "above the cutoff" : "below the cutoff",
              1));
    }
    return new Coreset(
        new Coreset.Selection(
            config.scoring(),
            Map.of("rule", config.rule()),
            config.ratio(),
            0,
            null,
            Sha256.of(ids.toString()),
            keptByClass,
            Map.of(),
            result.notes()),
        entries);
  }
}
