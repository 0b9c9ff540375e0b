package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Quarantine;
import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users get wrong: each time the place, the thing, what was expected, and exit code 2. */
class BadInputTest {
  private static final String[] SMALL = {
    "--set", "compute.threads=1", "--set", "compute.device=cpu"
  };

  @TempDir Path folder;

  private Path images(String name, int perClass, int side) {
    Path set = folder.resolve(name);
    for (String label : List.of("cat", "dog")) {
      for (int i = 0; i < perClass; i++) {
        picture(set.resolve(label).resolve(i + ".png"), side, i);
      }
    }
    return set;
  }

  private static void picture(Path file, int side, int seed) {
    byte[] rgb = new byte[3 * side * side];
    Arrays.fill(rgb, (byte) (20 * seed + 7));
    Png.write(new Image(side, side, rgb), file);
  }

  private CliRun uniform(Path set, String out, String... more) {
    List<String> args = new ArrayList<>(List.of("prune", set.toString(), "--method", "uniform"));
    args.addAll(List.of("--ratio", "0.5", "--out", folder.resolve(out).toString()));
    args.addAll(List.of(SMALL));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(new String[0]));
  }

  private static void assertMistake(CliRun run, String... parts) {
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains(parts).doesNotContain("at io.winnow");
  }

  @Test
  void recipe_whereDataIsExpected_isSentToRun() {
    CliRun evaluate = CliRun.of("evaluate", "recipe.yaml", "--reference", "images");
    assertThat(evaluate.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(evaluate.err())
        .contains("evaluate recipe.yaml: is a recipe")
        .contains("winnow run recipe.yaml --until evaluate");
    CliRun encode =
        CliRun.of(
            "encode", "recipe.yaml", "--encoder", "resnet18", "--weights", "w", "--out", "out");
    assertThat(encode.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(encode.err()).contains("winnow run recipe.yaml --until encode");
  }

  @Test
  void guidance_givenInBothConventions_isRefused() {
    CliRun run =
        CliRun.of(
            "sample",
            folder.resolve("model").toString(),
            "--prompt",
            "a church",
            "--guidance-weight",
            "4",
            "--guidance-scale",
            "5",
            "--out",
            folder.resolve("samples").toString());
    assertMistake(run, "--guidance-weight and --guidance-scale both say how strong guidance is");
  }

  @Test
  void images_prunedWithoutARecipe_giveAManifest() {
    CliRun run = uniform(images("ok", 4, 8), "out");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(CoresetFiles.read(folder.resolve("out")).kept()).hasSize(4);
    assertThat(folder.resolve("out/coreset/kept.txt")).exists();
  }

  @Test
  void ratio_ofZeroOrTen_isRefusedWithAFraction() {
    Path set = images("r", 2, 8);
    assertMistake(uniform(set, "o1", "--set", "prune.ratio=0"), "--set prune.ratio", "(0, 1]");
    assertMistake(
        uniform(set, "o2", "--set", "prune.ratio=10"), "is 10,", "Write 0.1 to keep 10 %");
  }

  @Test
  void images_withoutClasses_areRefused() {
    for (int i = 0; i < 3; i++) {
      picture(folder.resolve("flat/" + i + ".png"), 8, i);
    }
    assertMistake(uniform(folder.resolve("flat"), "o"), "flat", "no classes", "folder per class");
  }

  @Test
  void oneImage_isRefused() {
    picture(folder.resolve("one/cat/0.png"), 8, 0);
    assertMistake(uniform(folder.resolve("one"), "o"), "one", "at least 2 images");
  }

  @Test
  void fewBrokenImages_areLeftOutAndNamed_manyEndTheRun() {
    Path set = images("broken", 10, 8);
    AtomicFile.writeString(set.resolve("cat/3.png"), "no picture");
    CliRun few = uniform(set, "few", "--set", "dataset.maxBadShare=0.1");
    assertThat(few.code()).as(few.err()).isEqualTo(ExitCode.DONE);
    assertThat(Quarantine.read(folder.resolve("few/quarantine.json")).bad())
        .extracting(Quarantine.Bad::id)
        .containsExactly("cat/3.png");
    assertMistake(uniform(set, "many"), "1 of 20 images are bad", "cat/3.png", "maxBadShare");
  }

  @Test
  void mixedSizes_areRefusedByTraining_withTheKeyThatHelps() {
    Path set = images("mixed", 3, 16);
    picture(set.resolve("cat/9.png"), 8, 9);
    AtomicFile.writeString(folder.resolve("ids.txt"), "cat/0.png\ncat/9.png\n");
    assertMistake(train(set, folder.resolve("ids.txt"), "o"), "cat/9.png", "dataset.size");
  }

  private CliRun train(Path set, Path manifest, String out) {
    List<String> args = new ArrayList<>(List.of("train", "--manifest", manifest.toString()));
    args.addAll(List.of("--data", set.toString(), "--out", folder.resolve(out).toString()));
    args.addAll(List.of(SMALL));
    for (String set1 :
        List.of(
            "model.width=8",
            "model.multipliers=[1, 1]",
            "model.attention=[]",
            "model.groups=4",
            "model.blocks=1",
            "train.epochs=1",
            "train.batch=4")) {
      args.addAll(List.of("--set", set1));
    }
    return CliRun.of(args.toArray(new String[0]));
  }

  @Test
  void manifest_ofImagesThatAreNotThere_isRefusedWithTheirNames() {
    Path set = images("m", 3, 16);
    AtomicFile.writeString(folder.resolve("ids.txt"), "cat/0.png\nbird/7.png\n");
    assertMistake(
        train(set, folder.resolve("ids.txt"), "o"),
        "ids.txt: 1 of 2 images are not in",
        "bird/7.png",
        "expected ids like cat/0.png");
  }

  @Test
  void manifest_ofWinnow_isTrainedOn_andTheModelSampled() {
    Path set = images("t", 4, 16);
    assertThat(uniform(set, "p").code()).isEqualTo(ExitCode.DONE);
    CliRun trained = train(set, folder.resolve("p"), "t-out");
    assertThat(trained.code()).as(trained.err()).isEqualTo(ExitCode.DONE);
    CliRun drawn =
        CliRun.of(
            "sample",
            folder.resolve("t-out/model").toString(),
            "--count=4",
            "--steps=2",
            "--device=cpu",
            "--classes=cat,dog",
            "--out",
            folder.resolve("drawn").toString());
    assertThat(drawn.code()).as(drawn.err()).isEqualTo(ExitCode.DONE);
    assertThat(folder.resolve("drawn/dog/000003.png")).exists();
  }

  @Test
  void sample_ofARecipeWithOptionsOfACheckpoint_isRefusedWithTheKeyToSet() throws IOException {
    Path recipe = folder.resolve("r.yaml");
    Files.writeString(recipe, "name: r\n");
    assertMistake(
        CliRun.of("sample", recipe.toString(), "--count", "3", "--set", "seed=1"),
        "--count: only for a checkpoint folder",
        "--set sample.count=100");
  }

  @Test
  void weights_ofAnotherNetwork_areRefusedWithWhatIsMissing() {
    Path file = folder.resolve("other.safetensors");
    try (Scope scope = Scope.open()) {
      Safetensors.write(
          file,
          Map.of(
              "conv1.weight", Tensors.of(new float[432], 16, 3, 3, 3),
              "linear.weight", Tensors.of(new float[640], 10, 64),
              "strange.key", Tensors.of(new float[1], 1)),
          Map.of());
    }
    CliRun run =
        CliRun.of(
            "prune",
            images("w", 3, 32).toString(),
            "--encoder=resnet20-cifar",
            "--weights",
            file.toString(),
            "--ratio=0.5",
            "--out",
            folder.resolve("o").toString());
    assertMistake(run, "other.safetensors", "strange.key", "bn1.weight", "layer3.2.conv2.weight");
  }

  private CliRun encoded(Path weights, String out) {
    return CliRun.of(
        "encode",
        images("e", 3, 32).toString(),
        "--encoder=resnet20-cifar",
        "--weights",
        weights.toString(),
        "--threads=1",
        "--device=cpu",
        "--out",
        folder.resolve(out).toString());
  }

  @Test
  void weights_thatWouldRunCode_areRefused_andNothingRuns() throws IOException {
    Path mark = folder.resolve("executed");
    String command = "touch " + mark;
    byte[] pickle =
        ("\u0080\u0002cposix\nsystem\nX"
                + (char) command.length()
                + "\0\0\0"
                + command
                + "\u0085R.")
            .getBytes(StandardCharsets.ISO_8859_1);
    Path file = folder.resolve("hostile.pth");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(pickle);
      zip.closeEntry();
    }
    assertMistake(encoded(file, "o"), "hostile.pth", "posix.system", "nothing in it was executed");
    assertThat(mark).doesNotExist();
  }

  @Test
  void weights_cutShort_saySo_whereverTheCutIs() throws IOException {
    byte[] whole = Files.readAllBytes(SmallSets.weights(folder.resolve("whole.safetensors"), 20));
    for (int length : new int[] {0, 4, 100, whole.length - 1}) {
      Path file = folder.resolve("cut.safetensors");
      Files.write(file, Arrays.copyOf(whole, length));
      assertMistake(encoded(file, "o"), "cut.safetensors", "cut short", "fetch it again");
    }
  }

  @Test
  void features_ofAnotherEncoder_areNotReplaced() {
    Path first = SmallSets.weights(folder.resolve("first.safetensors"), 20, 1);
    Path second = SmallSets.weights(folder.resolve("second.safetensors"), 20, 2);
    assertThat(encoded(first, "f").code()).isEqualTo(ExitCode.DONE);
    String before = Sha256.of(folder.resolve("f/features-00000.npy"));
    assertMistake(encoded(second, "f"), "f: holds features of", "Choose another folder");
    assertThat(Sha256.of(folder.resolve("f/features-00000.npy"))).isEqualTo(before);
  }

  @Test
  void folder_ofAFirstAttemptThatFailed_takesTheAdviceOfItsMessage() {
    Path set = images("again", 10, 8);
    AtomicFile.writeString(set.resolve("cat/3.png"), "no picture");
    assertMistake(uniform(set, "o"), "maxBadShare");
    CliRun again = uniform(set, "o", "--set", "dataset.maxBadShare=0.1");
    assertThat(again.code()).as(again.err()).isEqualTo(ExitCode.DONE);
    CliRun stricter = uniform(set, "o", "--set", "dataset.size=8");
    assertMistake(stricter, "1 of 20 images are bad");
    assertThat(folder.resolve("o/coreset.parquet")).exists();
    assertMistake(uniform(images("else", 2, 8), "o"), "made by another recipe (", "dataset.path");
  }

  @Test
  void samples_areNotDrawnOverWhatIsThere() {
    Path set = images("mine", 1, 8);
    CliRun run = CliRun.of("sample", folder.resolve("model").toString(), "--out", set.toString());
    assertMistake(run, "mine: exists already", "--out");
    assertThat(set.resolve("cat/0.png")).exists();
  }

  @Test
  void report_ofAFolderWithoutARun_isRefused_andWritesNothing() {
    Path set = images("pictures", 1, 8);
    assertMistake(CliRun.of("report", set.toString()), "pictures: nothing of a run", "run.json");
    assertThat(set.resolve("report.html")).doesNotExist();
  }

  @Test
  void manifest_thatIsNone_saysWhatIsExpected() throws IOException {
    Path set = images("man", 2, 16);
    assertMistake(train(set, set, "o"), "man: a folder without coreset.parquet", "winnow prune");
    Path binary = Files.write(folder.resolve("ids.bin"), new byte[] {(byte) 0xff, 1, 2});
    assertMistake(train(set, binary, "o"), "ids.bin: no text", "an id per line");
    String ids = binary.toString();
    assertMistake(CliRun.of("train", "--manifest", ids), "--data PATH");
    assertMistake(CliRun.of("train", "--data", set.toString()), "--manifest FILE");
  }

  @Test
  void pruning_withoutAnEncoder_saysWhichOptions() {
    CliRun run = CliRun.of("prune", images("n", 2, 8).toString(), "--ratio=0.5");
    assertMistake(run, "--encoder NAME --weights FILE", "winnow weights list");
  }

  @Test
  void output_thatCannotBeWritten_isNamed() {
    AtomicFile.writeString(folder.resolve("file"), "x");
    assertMistake(uniform(images("u", 2, 8), "file/out"), "file", "--out");
  }

  @Test
  void dataset_thatIsNotThere_isNamed() {
    assertMistake(uniform(folder.resolve("nowhere"), "o"), "nowhere");
  }
}
