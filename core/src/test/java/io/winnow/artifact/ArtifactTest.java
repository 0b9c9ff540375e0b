package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Metric.Circumstances;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactTest {
  @TempDir Path folder;

  @Test
  void classWeights_savedAndRead_areEqual() {
    ClassWeights weights =
        new ClassWeights(
            List.of("cat", "dog"),
            new double[] {0.1 + 0.2, 1.7},
            new double[] {0.15, 0.85},
            new double[] {0.5, 0.5},
            Map.of("eta", 0.5),
            List.of("a warning"));
    weights.write(folder.resolve("w.json"));
    assertThat(ClassWeights.read(folder.resolve("w.json"))).isEqualTo(weights);
  }

  @Test
  void classWeights_oneTooFew_areRejected() {
    double[] two = {1, 1};
    assertThatThrownBy(() -> new ClassWeights(List.of("a"), two, two, two, Map.of(), List.of()))
        .hasMessageContaining("1 classes, but 2 weights");
  }

  @Test
  void trajectory_anyClassNames_survive() {
    ClassWeights.Trajectory trajectory =
        new ClassWeights.Trajectory(
            List.of("a,b", "say \"c\"", "d\ne", "f\r", "g\r\n\"", ""),
            List.of(
                new ClassWeights.Trajectory.Row(
                    10, 0, 0.5, new double[] {1, 1.0 / 3, 2.5, 4, 5, 6}),
                new ClassWeights.Trajectory.Row(
                    20, 1e-7, Double.NaN, new double[] {1e-9, 2, 3, 4, 5, 7})));
    TrajectoryCsv.write(trajectory, folder.resolve("class-weights.csv"));
    assertThat(TrajectoryCsv.read(folder.resolve("class-weights.csv"))).isEqualTo(trajectory);
  }

  @Test
  void trajectory_namesAreQuotedWhereTheyHaveTo() throws IOException {
    ClassWeights.Trajectory trajectory =
        new ClassWeights.Trajectory(List.of("cat", "a,b", "say \"c\"", "d\ne", "f\r"), List.of());
    TrajectoryCsv.write(trajectory, folder.resolve("w.csv"));
    assertThat(Files.readString(folder.resolve("w.csv")))
        .isEqualTo("step,eta,signalToNoise,cat,\"a,b\",\"say \"\"c\"\"\",\"d\ne\",\"f\r\"\n");
  }

  @Test
  void trajectory_withoutAHeaderOrWithoutNumbers_isRefused() throws IOException {
    for (String header : new String[] {"", "step,eta,signalToNoise\n", "step,eta,noise,a\n"}) {
      Path file = Files.writeString(folder.resolve("w.csv"), header);
      assertThatThrownBy(() -> TrajectoryCsv.read(file))
          .hasMessageStartingWith(file + ":1: no header; expected \"step,eta,signalToNoise\"");
    }
    Path file = Files.writeString(folder.resolve("w.csv"), "step,eta,signalToNoise,a\n1,0,2,x\n");
    assertThatThrownBy(() -> TrajectoryCsv.read(file))
        .hasMessageMatching(".*w.csv:2: .*; expected numbers");
  }

  @Test
  void trajectory_shortLine_isNamed() throws IOException {
    Path file =
        Files.writeString(folder.resolve("w.csv"), "step,eta,signalToNoise,a\n1,0,2,3\n2,3\n");
    assertThatThrownBy(() -> TrajectoryCsv.read(file))
        .hasMessageContaining("w.csv:3: 2 columns; expected 4");
    Files.writeString(file, "step,eta,signalToNoise,\"a\nb\"\n1,0,2,3\n2,3\n");
    assertThatThrownBy(() -> TrajectoryCsv.read(file))
        .hasMessageContaining("w.csv:4: 2 columns; expected 4");
    for (String open : new String[] {"1,0,2,\"3\n2,0,2,3\n", "\""}) {
      Files.writeString(file, "step,eta,signalToNoise,a\n" + open);
      assertThatThrownBy(() -> TrajectoryCsv.read(file))
          .as("quotes that do not end")
          .hasMessageContaining("w.csv:2: ");
    }
  }

  @Test
  void trajectory_ofAnotherEditor_endsItsLinesAsItLikes() throws IOException {
    ClassWeights.Trajectory expected =
        new ClassWeights.Trajectory(
            List.of("a"), List.of(new ClassWeights.Trajectory.Row(1, 0, 2, new double[] {3})));
    for (String end : new String[] {"\n", "\r\n", ""}) {
      Path file =
          Files.writeString(folder.resolve("w.csv"), "step,eta,signalToNoise,a\r\n1,0,2,3" + end);
      assertThat(TrajectoryCsv.read(file)).isEqualTo(expected);
    }
    Path quoted = Files.writeString(folder.resolve("q.csv"), "step,eta,signalToNoise,\"a\"");
    assertThat(TrajectoryCsv.read(quoted).classes()).containsExactly("a");
  }

  @Test
  void metricName_sayWhatWasMeasured() {
    EncoderIdentity inception =
        new EncoderIdentity("fid-inception", "FID-Inception, pool3", "a", "tf-299", 2048);
    EncoderIdentity resnet = new EncoderIdentity("resnet18", "resnet18-cifar", "b", "cifar", 512);
    assertThat(name(Metric.Kind.frechet(inception), inception, 50_000)).isEqualTo("fid");
    assertThat(name(Metric.Kind.frechet(inception), inception, 2_000)).isEqualTo("fid@2k");
    assertThat(name(Metric.Kind.frechet(inception), inception, 0)).isEqualTo("fid@unknown");
    assertThat(name(Metric.Kind.frechet(resnet), resnet, 1_500)).isEqualTo("fd-resnet18@1500");
    assertThat(name(Metric.Kind.KID, inception, 40)).isEqualTo("kid@40");
    assertThat(name(Metric.Kind.KID, resnet, 40)).isEqualTo("kid-resnet18@40");
    assertThat(name(Metric.Kind.CMMD, resnet, 40)).isEqualTo("cmmd@40");
    assertThat(name(Metric.Kind.NEAREST_TRAINING_DISTANCE_HELD_OUT, resnet, 50_000))
        .isEqualTo("nearest-training-distance-held-out@50000");
    assertThat(inception.hash()).isNotEqualTo(resnet.hash()).hasSize(64);
  }

  private static String name(Metric.Kind kind, EncoderIdentity encoder, long n) {
    Circumstances c =
        new Circumstances(new Metric.Sets(0, 0, null), null, null, null, null, null, List.of());
    return new Metric(kind, null, null, 1, c.seenBy(encoder, n, 5, List.of())).name();
  }

  /** The form that every version writes, apart from the kind, which earlier ones leave out. */
  @Test
  void metrics_ofAnEarlierVersion_areReadByTheirNames() throws IOException {
    Path file = folder.resolve("metrics.json");
    for (Metric.Kind kind : Metric.Kind.values()) {
      Metric metric =
          new Metric(
              kind,
              null,
              null,
              1.5,
              new Circumstances(
                  new Metric.Sets(40, 60, "ref"),
                  new Metric.Extractor("resnet18", "h", "none"),
                  new Metric.Sampling("ema", "ddim", 10, 0.3),
                  7L,
                  "float32",
                  null,
                  List.of("a note")));
      new Metrics(List.of(metric)).write(file);
      String text = Files.readString(file);
      assertThat(text)
          .contains("\"kind\" : \"" + kind.slug() + "\"", "\"name\" : \"" + metric.name() + "\"")
          .contains("\"encoderName\" : \"resnet18\"", "\"nReference\" : 60", "\"steps\" : 10");
      Files.writeString(file, text.replaceFirst("\"kind\" : \"[^\"]*\",\\s*", ""));
      assertThat(Files.readString(file)).doesNotContain("kind");
      assertThat(Metrics.read(file).metrics()).containsExactly(metric);
    }
  }

  @Test
  void metrics_ofAnUnknownKind_areRefusedInOneLine() throws IOException {
    Path file = folder.resolve("metrics.json");
    Circumstances c =
        new Circumstances(new Metric.Sets(4, 0, null), null, null, null, null, null, List.of());
    new Metrics(List.of(new Metric(Metric.Kind.KID, null, null, 1, c))).write(file);
    String text = Files.readString(file);
    Files.writeString(
        file,
        text.replaceFirst("\"kind\" : \"[^\"]*\",\\s*", "").replace("\"kid@4\"", "\"kidney@4\""));
    assertThatThrownBy(() -> Metrics.read(file))
        .hasMessageContaining("metric of the name \"kidney@4\", which this version does not know");
    Files.writeString(file, text.replace("\"kid\"", "\"kidd\""));
    assertThatThrownBy(() -> Metrics.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("metrics.json")
        .hasMessageContaining("\"kidd\", which this version does not know");
  }

  @Test
  void metrics_savedAndRead_areEqualToTheLastBit() {
    Circumstances c =
        new Circumstances(
            new Metric.Sets(2000, 50000, "cifar10 train"),
            new Metric.Extractor("r", "h", "none"),
            new Metric.Sampling("ema", "ddim", 100, 0.3),
            7L,
            "float32",
            null,
            List.of("n <= d"));
    Metrics metrics =
        new Metrics(
            List.of(
                new Metric(Metric.Kind.FD, null, null, 0.1 + 0.2, c),
                new Metric(Metric.Kind.FD, 3, "cat", Double.NaN, c.withVariant("unweighted"))));
    metrics.write(folder.resolve("metrics.json"));
    assertThat(Metrics.read(folder.resolve("metrics.json"))).isEqualTo(metrics);
  }

  @Test
  void table_writtenAndRead_hasItsColumnsAndGaps() {
    Path file = folder.resolve("table.parquet");
    Map<String, TableFile.Type> columns = new LinkedHashMap<>();
    columns.put("a \"name\"", TableFile.Type.TEXT);
    columns.put("x", TableFile.Type.NUMBER);
    columns.put("n", TableFile.Type.COUNT);
    TableFile.write(
        file, columns, List.of(List.of("one", 0.5, 7L), Arrays.asList("two", null, 8L)));
    List<String> rows = new ArrayList<>();
    DuckDb.read(
        file,
        "\"a \"\"name\"\"\", x, n",
        "n",
        row -> rows.add(row.getString(1) + " " + row.getString(2) + " " + row.getLong(3)));
    assertThat(rows).containsExactly("one 0.5 7", "two null 8");
  }

  @Test
  void databaseFailure_isToldByItsFirstLine() {
    assertThat(DuckDb.firstLine(new SQLException("no column\nLINE 1: SELECT")))
        .isEqualTo("no column");
    assertThat(DuckDb.firstLine(new SQLException((String) null))).isEqualTo("no reason given");
  }

  @Test
  void runRecord_savedTwice_givesTheSameBytes() throws IOException {
    RunRecord.Stage stage =
        new RunRecord.Stage(
            RunRecord.State.DONE,
            Map.of("b", "1", "a", "2"),
            Map.of(),
            1.5,
            10,
            "2026-01-01",
            null);
    assertThat(stage.inputs()).containsEntry("a", "2").containsEntry("b", "1");
    RunRecord run =
        new RunRecord("r", "h", Map.of(), Map.of("java", "17"), Map.of()).with("encode", stage);
    run.write(folder.resolve("run.json"));
    byte[] first = Files.readAllBytes(folder.resolve("run.json"));
    RunRecord again = RunRecord.read(folder.resolve("run.json"));
    again.write(folder.resolve("run.json"));
    assertThat(again).isEqualTo(run);
    assertThat(Files.readAllBytes(folder.resolve("run.json"))).isEqualTo(first);
  }

  @Test
  void json_brokenFile_isNamedWithItsLine() throws IOException {
    Path file = Files.writeString(folder.resolve("run.json"), "{\n  \"nmae\": 1\n}\n");
    assertThatThrownBy(() -> RunRecord.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(?s).*run.json:\\d: .*")
        .hasMessageContaining("nmae");
    assertThatThrownBy(() -> RunRecord.read(folder.resolve("none.json")))
        .hasMessageContaining("none.json: no such file");
  }

  @Test
  void curve_blankLinesAreNone_andALineThatIsNoPointIsNamed() throws IOException {
    Path file = folder.resolve("sub/metrics.jsonl");
    Curve.retain(file, point -> true);
    assertThat(file).doesNotExist();
    Curve.append(file, new Curve.Point("model", 1, 0, 0.5, 1, 1e-4, 100, 8L));
    Files.writeString(file, "\n" + Files.readString(file));
    assertThat(Curve.read(file).points()).hasSize(1);
    Files.writeString(file, Files.readString(file) + "no point\n");
    assertThatThrownBy(() -> Curve.read(file))
        .hasMessageContaining("metrics.jsonl:3: ")
        .hasMessageEndingWith("expected a point of a training curve");
  }

  @Test
  void curve_pointsScalars_areItsNumbers_memoryWhereItIsKnown() {
    Curve.Point onCpu = new Curve.Point("model", 1, 2, 0.5, 3, 1e-4, 100, 8L);
    assertThat(onCpu.scalars())
        .isEqualTo(
            Map.of(
                "loss",
                0.5,
                "gradNorm",
                3.0,
                "learningRate",
                1e-4,
                "imagesPerSecond",
                100.0,
                "epoch",
                2.0));
    Curve.Point onGpu = new Curve.Point("model", 1, 2, 0.5, 3, 1e-4, 100, 8L, 7L);
    assertThat(onGpu.scalars()).hasSize(6).containsEntry("peakDeviceBytes", 7.0);
  }

  @Test
  void curve_lastLineCutOff_isLeftOutAndRetainDropsLaterSteps() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    for (int step = 1; step <= 3; step++) {
      Curve.append(file, new Curve.Point("model", step, 0, 1.0 / step, 1, 1e-4, 100, step * 8L));
    }
    Files.writeString(file, Files.readString(file) + "{\"phase\": \"mo");
    assertThat(Curve.read(file).points()).hasSize(3);
    Curve.retain(file, point -> point.step() <= 2);
    assertThat(Curve.read(file).points()).extracting(Curve.Point::step).containsExactly(1L, 2L);
    assertThat(Files.readString(file)).endsWith("}\n");
  }
}
