package io.winnow.report;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.CoresetMap;
import io.winnow.artifact.Curve;
import io.winnow.artifact.Gallery;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.Quarantine;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.RunRecord.Stage;
import io.winnow.artifact.RunRecord.State;
import io.winnow.artifact.SampleImages;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.SpeedUps.Kind;
import io.winnow.artifact.SpeedUps.SpeedUp;
import io.winnow.artifact.TrajectoryCsv;
import io.winnow.files.Sha256;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;

/** A run folder with every artifact that the report knows, out of invented numbers. */
final class SyntheticRun {
  static final List<String> CLASSES =
      List.of(
          "circle",
          "square",
          "triangle",
          "cross",
          "ring",
          "star",
          "stripes",
          "dots",
          "moon",
          "<b>arrow & \"bow\"</b>");
  static final int PER_CLASS = 120;
  private static final List<String> KINDS =
      List.of("typical", "typical", "typical", "near-duplicate", "outlier", "mislabelled");

  private final Random random = new Random(7);
  private final Path folder;

  private SyntheticRun(Path folder) {
    this.folder = folder;
  }

  static void write(Path folder) throws IOException {
    SyntheticRun run = new SyntheticRun(folder);
    run.record();
    run.coreset();
    run.weights();
    run.curves();
    run.pictures();
    run.metrics();
  }

  private void record() throws IOException {
    Map<String, Stage> stages = new LinkedHashMap<>();
    int minute = 0;
    Map<String, double[]> seconds = new LinkedHashMap<>();
    seconds.put("encode", new double[] {18.4, 3600});
    seconds.put("prune", new double[] {0.9, 1200});
    seconds.put("reference", new double[] {64.2, 15_000});
    seconds.put("reweight", new double[] {71.8, 15_000});
    seconds.put("train", new double[] {148.3, 45_000});
    seconds.put("sample", new double[] {22.5, 1000});
    seconds.put("evaluate", new double[] {3.1, 1000});
    for (Map.Entry<String, double[]> e : seconds.entrySet()) {
      stages.put(
          e.getKey(),
          new Stage(
              State.DONE,
              Map.of("recipe", "ab"),
              Map.of(),
              e.getValue()[0],
              (long) e.getValue()[1],
              "2026-03-01T10:%02d:00Z".formatted(minute++),
              e.getKey().equals("train") ? "resumed once" : null));
    }
    new RunRecord(
            "shapes-moderate-20",
            "0123",
            stages,
            Map.of("winnow", "0.1.0", "java", "17.0.12", "pytorch", "2.10.0"),
            Map.of("processor", "a processor", "cores", "2", "memory", "8 GiB"))
        .write(folder.resolve("run.json"));
    Files.writeString(
        folder.resolve("recipe.yaml"),
        "name: shapes-moderate-20\nprune:\n  method: moderate\n  ratio: 0.2\n# </pre><script>\n");
    new Quarantine(
            1203,
            List.of(
                new Quarantine.Bad("ring/broken.png", "truncated after 812 bytes"),
                new Quarantine.Bad("star/<huge>.jpg", "90000 x 90000 pixels; at most 100000000"),
                new Quarantine.Bad("moon/empty.png", "0 bytes")))
        .write(folder.resolve("quarantine.json"));
    new SpeedUps(
            List.of(
                new SpeedUp(
                    Kind.TRAINING_RUN,
                    741.5,
                    148.3,
                    225_000,
                    45_000,
                    false,
                    "45,000 images at the measured 303 images/s, five times"),
                new SpeedUp(
                    Kind.END_TO_END,
                    741.5,
                    303.6,
                    225_000,
                    79_800,
                    false,
                    "with encoder, reference and proxy"),
                new SpeedUp(
                    Kind.EQUAL_STEPS,
                    148.3,
                    148.3,
                    45_000,
                    45_000,
                    true,
                    "a full-data run of as many steps")))
        .write(folder.resolve("speed-ups.json"));
  }

  private void coreset() {
    List<Coreset.Entry> entries = new ArrayList<>();
    Map<String, Integer> kept = new LinkedHashMap<>();
    for (int label = 0; label < CLASSES.size(); label++) {
      for (int i = 0; i < PER_CLASS; i++) {
        String kind = KINDS.get(i % KINDS.size());
        double score =
            4
                + random.nextGaussian()
                + (kind.equals("outlier") ? 3 : 0)
                - (kind.equals("near-duplicate") ? 1 : 0)
                + label * 0.1;
        boolean keep = Math.abs(score - 4 - label * 0.1) < 0.26;
        String id = "%d/%04d-%s.png".formatted(label, i, kind);
        entries.add(
            new Coreset.Entry(
                id, id, Sha256.of(id), label, CLASSES.get(label), score, keep, "band", 1));
        kept.merge(CLASSES.get(label), keep ? 1 : 0, Integer::sum);
      }
    }
    Coreset.Selection selection =
        new Coreset.Selection(
            "moderate",
            Map.of("scope", "class"),
            0.2,
            0,
            "e",
            "d",
            kept,
            Map.of(),
            List.of("class moon: the cutoff falls into 3 equal scores; ties go by index"));
    Coreset coreset = new Coreset(selection, entries);
    CoresetFiles.write(coreset, map(entries), folder);
    diagnostics(coreset).write(folder.resolve("diagnostics.json"));
  }

  /** A cloud for every class on a ring. */
  private static CoresetMap map(List<Coreset.Entry> entries) {
    Random spread = new Random(3);
    float[] x = new float[entries.size()];
    float[] y = new float[entries.size()];
    for (int i = 0; i < x.length; i++) {
      double angle = 2 * Math.PI * entries.get(i).label() / CLASSES.size();
      x[i] = (float) (6 * Math.cos(angle) + spread.nextGaussian());
      y[i] = (float) (3 * Math.sin(angle) + spread.nextGaussian());
    }
    return new CoresetMap(x, y, null);
  }

  private static SelectionDiagnostics diagnostics(Coreset coreset) {
    List<SelectionDiagnostics.Share> classes = new ArrayList<>();
    List<SelectionDiagnostics.Share> clusters = new ArrayList<>();
    for (String name : CLASSES) {
      int kept = coreset.selection().keptByClass().get(name);
      classes.add(new SelectionDiagnostics.Share(name, PER_CLASS, kept));
      clusters.add(
          new SelectionDiagnostics.Share("cluster " + classes.size(), PER_CLASS, kept / 2));
    }
    return new SelectionDiagnostics(
        coreset.entries().size(),
        coreset.kept().length,
        classes,
        clusters,
        new SelectionDiagnostics.Coverage(1.2345, 2.5, 7, 960),
        0.0421,
        0.75,
        0.5,
        240,
        null);
  }

  private void weights() {
    double[] weights = new double[CLASSES.size()];
    double[] share = new double[CLASSES.size()];
    List<ClassWeights.Trajectory.Row> rows = new ArrayList<>();
    for (int k = 0; k < weights.length; k++) {
      weights[k] = 0.6 + 0.09 * k;
      share[k] = 0.1;
    }
    for (int step = 0; step <= 1000; step += 10) {
      double[] row = new double[weights.length];
      for (int k = 0; k < row.length; k++) {
        row[k] =
            1 + (weights[k] - 1) * (1 - Math.exp(-step / 250.0)) + 0.01 * random.nextGaussian();
      }
      rows.add(new ClassWeights.Trajectory.Row(step, 0.1, 5, row));
    }
    TrajectoryCsv.write(
        new ClassWeights.Trajectory(CLASSES, rows), folder.resolve("class-weights.csv"));
    new ClassWeights(
            CLASSES,
            weights,
            share,
            share,
            Map.of("eta", 0.5),
            List.of("the weight of circle stayed below 0.7 for 200 steps"))
        .write(folder.resolve("class-weights.json"));
  }

  private void curves() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String phase : List.of("reference", "proxy", "model")) {
      int last = phase.equals("model") ? 1400 : 470;
      for (int step = 10; step <= last; step += 10) {
        double loss = 0.05 + 0.9 * Math.exp(-step / 60.0) + 0.006 * random.nextDouble();
        lines.append(
            io.winnow.files.Json.string(
                new Curve.Point(phase, step, step / 8, loss, 0.5, 1e-4, 290, step * 32L)));
        lines.append('\n');
      }
    }
    Files.writeString(folder.resolve("metrics.jsonl"), lines);
  }

  private void pictures() throws IOException {
    List<Gallery.Thumbnail> thumbnails = new ArrayList<>();
    for (int label = 0; label < CLASSES.size(); label++) {
      for (int i = 0; i < 16; i++) {
        boolean kept = i < 8;
        String png = "gallery/%s/%d/%d.png".formatted(kept ? "kept" : "dropped", label, i);
        png(folder.resolve("report-data").resolve(png), label, i);
        thumbnails.add(
            new Gallery.Thumbnail(
                png, label + "/" + i + ".png", CLASSES.get(label), 4 + i * 0.1, kept, "band"));
      }
      for (int i = 0; i < 10; i++) {
        String name = SampleImages.folderName(CLASSES.get(label));
        png(folder.resolve("samples").resolve(name).resolve("%05d.png".formatted(i)), label, i);
      }
    }
    new Gallery(thumbnails).write(folder.resolve("report-data/gallery.json"));
    List<Memorisation.Pair> pairs = new ArrayList<>();
    List<Double> samples = new ArrayList<>();
    List<Double> heldOut = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      samples.add(5 + random.nextGaussian());
      heldOut.add(5.4 + random.nextGaussian());
    }
    for (int i = 0; i < 6; i++) {
      png(folder.resolve("report-data/nearest/s%d.png".formatted(i)), i, 1);
      png(folder.resolve("report-data/nearest/t%d.png".formatted(i)), i, 2);
      pairs.add(
          new Memorisation.Pair(
              "nearest/s%d.png".formatted(i),
              "nearest/t%d.png".formatted(i),
              "%06d.png".formatted(i),
              i + "/7.png",
              CLASSES.get(i),
              1.5 + i * 0.2));
    }
    new Memorisation("resnet18 (resnet18-cifar, d = 512)", 240, samples, heldOut, pairs)
        .write(folder.resolve("memorisation.json"));
  }

  private void png(Path file, int label, int i) throws IOException {
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.getHSBColor(0.07f * i, 0.25f, 0.25f));
    g.fillRect(0, 0, 16, 16);
    g.setColor(Color.getHSBColor(0.1f * label + 0.01f * i, 0.6f, 0.95f));
    int at = 2 + random.nextInt(4);
    if (label % 3 == 0) {
      g.fillOval(at, at, 9, 9);
    } else if (label % 3 == 1) {
      g.fillRect(at, at, 8, 8);
    } else {
      g.fillPolygon(new int[] {at, at + 9, at + 4}, new int[] {at + 9, at + 9, at}, 3);
    }
    g.dispose();
    ImageIO.write(image, "png", file.toFile());
  }

  private void metrics() {
    Circumstances c =
        new Circumstances(
            new Metric.Sets(1000, 1200, "shapes train"),
            new Metric.Extractor("resnet18", "4f9c01ab77", "none"),
            new Metric.Sampling("ema", "ddim fx", 50, 0.3),
            0L,
            "float32",
            null,
            List.of("n <= d"));
    Circumstances ofClass =
        new Circumstances(
            new Metric.Sets(100, 120, "shapes train"),
            c.extractor(),
            c.sampling(),
            c.seed(),
            c.precision(),
            null,
            c.notes());
    List<Metric> all = new ArrayList<>();
    all.add(new Metric(Metric.Kind.FD, null, null, 14.273, c));
    all.add(new Metric(Metric.Kind.FD, null, null, 15.9, c.withVariant("unweighted")));
    all.add(new Metric(Metric.Kind.FD, null, null, 6.4, c.withVariant("floor")));
    all.add(new Metric(Metric.Kind.CLASS_AGREEMENT, null, null, 0.874, c));
    for (int k = 0; k < CLASSES.size(); k++) {
      String name = CLASSES.get(k);
      all.add(new Metric(Metric.Kind.FD, k, name, 22 + 2 * k - (k % 3), ofClass));
      all.add(new Metric(Metric.Kind.FD, k, name, 23 + 2.4 * k, ofClass.withVariant("unweighted")));
      all.add(new Metric(Metric.Kind.CLASS_AGREEMENT, k, name, 0.95 - 0.02 * k, ofClass));
    }
    new Metrics(all).write(folder.resolve("metrics.json"));
  }
}
