package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.Resize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamageCommandTest {
  @TempDir Path folder;

  @BeforeEach
  void sets() {
    SmallSets.folder(folder.resolve("set/train"), 1, 20, "cat", "dog");
    SmallSets.folder(folder.resolve("set/test"), 2, 3, "cat", "dog");
    SmallSets.folder(folder.resolve("strange"), 3, 4, "car", "tree");
  }

  private CliRun damage(String out, String... more) {
    List<String> args = new ArrayList<>();
    args.add("damage");
    args.add(folder.resolve("set").toString());
    args.add(folder.resolve(out).toString());
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(String[]::new));
  }

  private CliRun planted(String out) {
    String strange = folder.resolve("strange").toString();
    return damage(
        out,
        "--outliers",
        "0.2",
        "--outliers-of",
        strange,
        "--near-duplicates",
        "0.1",
        "--originals",
        "2",
        "--wrong-labels",
        "0.1",
        "--size",
        "8");
  }

  @Test
  void archive_hasTheDamageInItsNamesAndTheTestSplitAsItIs() {
    CliRun run = planted("out.zip");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "outlier         8", "near-duplicate  4", "wrong-label     4", "clean           24")
        .contains("of the classes  20, 20");
    assertThat(ids("train")).hasSize(40).anyMatch(id -> id.endsWith("-wrong-label.png"));
    assertThat(ids("test")).hasSize(6).allMatch(id -> id.endsWith("-clean.png"));
  }

  private List<String> ids(String split) {
    Path zip = folder.resolve("out.zip");
    DatasetConfig config =
        new DatasetConfig(
            DatasetConfig.Type.IMAGE_FOLDER,
            zip.toString(),
            split,
            0,
            Resize.AVERAGE,
            1 << 20,
            0,
            100);
    try (Dataset read = Datasets.open(config, 0)) {
      return IntStream.range(0, read.size()).mapToObj(read::id).toList();
    }
  }

  @Test
  void sameCommand_sameBytes_anotherSeedOthers() throws Exception {
    planted("one.zip");
    planted("two.zip");
    assertThat(Files.readAllBytes(folder.resolve("one.zip")))
        .isEqualTo(Files.readAllBytes(folder.resolve("two.zip")));
    damage("tail.zip", "--long-tail", "10:5");
    damage("other.zip", "--long-tail", "10:5", "--seed", "1");
    assertThat(Files.readAllBytes(folder.resolve("tail.zip")))
        .isNotEqualTo(Files.readAllBytes(folder.resolve("other.zip")));
  }

  @Test
  void badOptions_areOneLineEach_andExitTwo() {
    refused(
        damage("a.zip", "--outliers", "0.1"), "expected both, a share and where they come from");
    refused(damage("a.tar"), "expected a name that ends in .zip");
    refused(damage("a.zip", "--long-tail", "10"), "expected MOST:LEAST");
    refused(damage("a.zip", "--long-tail", "21:5"), "the long tail wants 21");
    refused(damage("a.zip", "--wrong-labels", "1.5"), "must be in [0, 1]");
    planted("a.zip");
    refused(planted("a.zip"), "exists already");
  }

  private static void refused(CliRun run, String what) {
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains(what).hasLineCount(1);
  }
}
