package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The number of threads that a command was given is the engine's when it ends, and the BLAS has
 * gone back to one; before, both had others.
 */
class ThreadsTest {
  private static final String RECIPE =
      """
      name: mini
      compute: {device: cpu, threads: %d}
      dataset: {type: shapes, count: 100, size: 8}
      prune: {method: uniform, ratio: 0.5}
      model: {width: 8, multipliers: [1], blocks: 1, attention: [], groups: 4, dropout: 0.1}
      train: {epochs: 1, batch: 50, learningRate: 1e-3, warmupEpochs: 0, ema: 0.9}
      reweight: {enabled: false}
      encode: {training: {width: 4, epochs: 1, batch: 10, cropPadding: 1, flip: false}, batch: 10}
      sample: {count: 20, batch: 10, sampler: {steps: 2}}
      evaluate: {metrics: [fd]}
      """;

  @TempDir Path folder;
  private int before;

  @BeforeEach
  void remember() {
    before = torch.get_num_threads();
  }

  @AfterEach
  void restore() {
    torch.set_num_threads(before);
    openblas.blas_set_num_threads(1);
  }

  private static void hold(int threads, List<String> command, String... more) {
    torch.set_num_threads(threads + 1);
    openblas.blas_set_num_threads(threads + 1);
    List<String> args = new ArrayList<>(command);
    args.addAll(List.of(more));
    CliRun run = CliRun.of(args.toArray(new String[0]));
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(torch.get_num_threads()).as("engine, %s", args).isEqualTo(threads);
    assertThat(openblas.blas_get_num_threads()).as("BLAS, %s", args).isEqualTo(1);
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void recipes_giveTheirThreads_toEveryCommand() {
    for (int threads : new int[] {1, 3}) {
      String recipe = path(threads + ".yaml");
      AtomicFile.writeString(Path.of(recipe), RECIPE.formatted(threads));
      String out = path("run" + threads);
      hold(threads, List.of("prune", recipe), "--out", out);
      hold(threads, List.of("run", recipe), "--out", out, "--until", "train");
      RunRecord record = RunRecord.read(Path.of(out, "run.json"));
      assertThat(record.hardware().toString())
          .contains("cpu, float32, " + (threads == 1 ? "1 thread" : threads + " threads"));
      hold(threads, List.of("train", recipe), "--out", path("m" + threads), "--manifest", out);
      hold(threads, List.of("sample", recipe), "--out", out);
      hold(
          threads + 1,
          List.of("train", recipe, "--set", "compute.threads=" + (threads + 1)),
          "--out",
          out);
      String samples = path("s" + threads);
      hold(
          2,
          List.of("sample", out + "/model", "--count", "2", "--steps", "2", "--threads", "2"),
          "--out",
          samples);
    }
  }

  @Test
  void options_giveTheirThreads_toEncodingAndEvaluating() {
    Path set = SmallSets.folder(folder.resolve("set"), 1, 5, "cat", "dog");
    Path other = SmallSets.folder(folder.resolve("other"), 2, 5, "cat", "dog");
    for (String threads : List.of("1", "3")) {
      int n = Integer.parseInt(threads);
      List<String> encoder =
          List.of("--encoder", Evaluations.ENCODER, "--weights", Evaluations.weights(folder));
      List<String> encode = new ArrayList<>(List.of("encode", set.toString()));
      encode.addAll(encoder);
      hold(n, encode, "--out", path("features" + threads), "--threads", threads);
      List<String> evaluate = new ArrayList<>(List.of("evaluate", other.toString()));
      evaluate.addAll(encoder);
      hold(n, evaluate, "--reference", set.toString(), "--threads", threads);
      String features = path("features" + threads);
      hold(n, List.of("evaluate", features, "--reference", features), "--threads", threads);
    }
  }

  /** Features brought along have no recipe, but the recipes' key. */
  @Test
  void pruningOfFeatures_hasTheThreadsOfItsKey() throws Exception {
    Path file = folder.resolve("f.npy");
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2));
    }
    for (int threads : new int[] {1, 3}) {
      hold(
          threads,
          List.of("prune", file.toString(), "--ratio", "0.5", "--out", path("pruned")),
          "--set",
          "compute.threads=" + threads);
      assertThat(Files.readString(folder.resolve("pruned/prune.yaml")))
          .containsPattern("threads: \"?" + threads);
    }
    CliRun none =
        CliRun.of("prune", file.toString(), "--out", path("x"), "--set", "compute.threads=none");
    assertThat(none.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(none.err()).contains("threads is none, but must be physical or a number");
  }
}
