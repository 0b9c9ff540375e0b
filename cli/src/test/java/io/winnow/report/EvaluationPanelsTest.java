package io.winnow.report;

import static io.winnow.report.PanelsTest.bars;
import static io.winnow.report.PanelsTest.charts;
import static io.winnow.report.PanelsTest.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Gallery;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metric.Kind;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.SampleImages;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Picture;
import io.winnow.report.Page.PictureRow;
import io.winnow.report.Page.Pictures;
import io.winnow.report.Page.Section;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the panels of metrics and pictures, number by number and picture by picture. */
class EvaluationPanelsTest {
  private static final Circumstances OWN =
      new Circumstances(
          new Metric.Sets(400, 900, "set train"),
          new Metric.Extractor("enc", "0123456789", "bicubic"),
          new Metric.Sampling("ema", "ddim fx", 50, 0.3),
          7L,
          "float32",
          null,
          List.of("a note"));

  @TempDir Path folder;

  private static Metric pooled(Kind kind, double value, String variant) {
    return new Metric(kind, null, null, value, OWN.withVariant(variant));
  }

  private static Metric ofClass(Kind kind, int label, String word, double value, String variant) {
    return new Metric(kind, label, word, value, OWN.withVariant(variant));
  }

  private static Metrics metrics() {
    return new Metrics(
        List.of(
            pooled(Kind.FD, 14, "floor"),
            pooled(Kind.FD, 12, "unweighted"),
            pooled(Kind.FD, 11, null),
            pooled(Kind.FID, 33, "unweighted"),
            pooled(Kind.FID, 31, null),
            pooled(Kind.FID, 3, "floor"),
            pooled(Kind.CLASS_AGREEMENT, 0.8125, null),
            ofClass(Kind.FID, 0, "zebra", 5, null),
            ofClass(Kind.FID, 1, "ant", 9, null),
            ofClass(Kind.FID, 1, "ant", 8, "unweighted"),
            ofClass(Kind.FID, 0, "zebra", 7, "unweighted"),
            ofClass(Kind.FID, 0, "zebra", 99, "floor"),
            ofClass(Kind.FID, 2, "bee", 4, "unweighted"),
            ofClass(Kind.FID, 2, "bee", 1, null),
            ofClass(Kind.CLASS_AGREEMENT, 0, "zebra", 0.5, null),
            ofClass(Kind.CLASS_AGREEMENT, 1, "ant", 0.25, null),
            ofClass(Kind.CLASS_AGREEMENT, 1, "ant", 0.125, "unweighted")));
  }

  @Test
  void metrics_everyRow_saysItsModelAndItsCircumstances() {
    List<List<String>> rows = table(EvaluationPanels.metrics(metrics())).rows();
    String circumstances =
        "encoder enc 01234567, resize bicubic, ema weights, ddim fx, 50 steps, w = 0.3, seed 7,"
            + " float32, a note";
    assertThat(rows).hasSize(7);
    assertThat(rows.get(0))
        .containsExactly("fd-enc@400", "14.00", "floor", "400", "set train, 900", circumstances);
    assertThat(rows.get(2).subList(0, 3)).containsExactly("fd-enc@400", "11.00", "this run");
    assertThat(rows.get(6).subList(0, 3))
        .containsExactly("class-agreement@400", "81.3 %", "this run");
  }

  @Test
  void headline_isTheRunsOwnFid_withItsOwnFloor() {
    Metric headline = EvaluationPanels.headline(metrics()).orElseThrow();
    assertThat(headline.value()).isEqualTo(31);
    assertThat(EvaluationPanels.floor(metrics(), headline).orElseThrow().value()).isEqualTo(3);
    assertThat(EvaluationPanels.agreement(metrics()).orElseThrow().value()).isEqualTo(0.8125);
    Metrics other = new Metrics(metrics().metrics().subList(0, 3));
    Metric distance = EvaluationPanels.headline(other).orElseThrow();
    assertThat(distance.value()).isEqualTo(11);
    assertThat(EvaluationPanels.floor(other, distance).orElseThrow().value()).isEqualTo(14);
  }

  @Test
  void classWise_barsOfBothModelsAndOfTheFloor_standOverTheirClass() {
    Section section = EvaluationPanels.classWise(metrics()).orElseThrow();
    Chart chart = charts(section).get("chart-class-0");
    assertThat(chart.data()).containsEntry("labels", List.of("zebra", "ant", "bee"));
    assertThat(bars(chart))
        .containsExactly(
            Map.entry("without reweighting", List.of(7.0, 8.0, 4.0)),
            Map.entry("with reweighting", List.of(5.0, 9.0, 1.0)),
            Map.entry(EvaluationPanels.FLOOR_SERIES, List.of(99.0, 0.0, 0.0)));
    assertThat(chart.alt()).contains("reweighting lowers it in 2 of 3");
    Section agreement = EvaluationPanels.agreementByClass(metrics()).orElseThrow();
    assertThat(bars(charts(agreement).get("chart-agreement")).values())
        .containsExactly(List.of(50.0, 25.0));
    assertThat(charts(agreement).get("chart-agreement").alt()).contains("lowest is ant with 25 %");
  }

  @Test
  void memorisation_samplesAndHeldOutImages_keepTheirNumbers() throws IOException {
    picture("s.png", 10);
    picture("t.png", 20);
    Memorisation memorisation =
        new Memorisation(
            "enc",
            900,
            List.of(1.0, 2.0, 3.0),
            List.of(5.0, 7.0),
            List.of(new Memorisation.Pair("s.png", "t.png", "s1", "t9", "zebra", 1.0)));
    Section section = MemorisationPanel.of(memorisation, folder);
    assertThat(section.lead())
        .contains("nearest of 900 training images")
        .contains("100 % of the samples");
    assertThat(table(section).rows())
        .containsExactly(
            List.of("samples", "3", "1.00", "1.02", "2.00", "2.98"),
            List.of("held-out images", "2", "5.00", "5.02", "6.00", "6.98"));
    Map<String, List<Double>> shares = bars(charts(section).get("chart-memorisation"));
    assertThat(shares.get("samples").get(0)).isEqualTo(33.333);
    assertThat(shares.get("samples").get(29)).isZero();
    assertThat(shares.get("held-out images").get(29)).isEqualTo(50);
    PictureRow pair = pictures(section).get(0).rows().get(0);
    assertThat(pair.label()).isEqualTo("zebra, 1.00");
    assertThat(pair.pictures())
        .containsExactly(
            new Picture(uri("s.png"), "Generated sample", "sample"),
            new Picture(uri("t.png"), "Training image t9", "training"));
  }

  private static List<Pictures> pictures(Section section) {
    List<Pictures> pictures = new ArrayList<>();
    for (Block block : section.blocks()) {
      if (block instanceof Pictures found) {
        pictures.add(found);
      }
    }
    return pictures;
  }

  private static BufferedImage image(int level) {
    BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
    image.setRGB(level % 4, level / 4 % 4, 0xFF0000 | level);
    return image;
  }

  private void picture(String name, int level) throws IOException {
    Files.createDirectories(folder);
    ImageIO.write(image(level), "png", folder.resolve(name).toFile());
  }

  private String uri(String name) {
    return PictureBytes.dataUri(folder.resolve(name)).orElseThrow();
  }

  @Test
  void gallery_keptAndDropped_areTheImagesThatWere() throws IOException {
    List<Gallery.Thumbnail> thumbnails = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      picture(i + ".png", i);
      thumbnails.add(
          new Gallery.Thumbnail(
              i + ".png", "id" + i, i < 4 ? "zebra" : "ant", i + 0.5, i % 3 == 0, "why" + i));
    }
    List<Pictures> classes = pictures(PicturePanels.gallery(new Gallery(thumbnails), folder));
    assertThat(classes).extracting(Pictures::title).containsExactly("zebra", "ant");
    assertThat(classes.get(0).rows())
        .containsExactly(
            new PictureRow(
                "kept",
                "kept",
                List.of(
                    new Picture(uri("0.png"), "id0: kept, score 0.500 (why0)", ""),
                    new Picture(uri("3.png"), "id3: kept, score 3.50 (why3)", ""))),
            new PictureRow(
                "dropped",
                "dropped",
                List.of(
                    new Picture(uri("1.png"), "id1: dropped, score 1.50 (why1)", ""),
                    new Picture(uri("2.png"), "id2: dropped, score 2.50 (why2)", ""))));
    assertThat(classes.get(1).rows().get(0).pictures()).isEmpty();
    assertThat(classes.get(1).rows().get(1).pictures()).hasSize(2);
  }

  @Test
  void samples_ofFoldersOrLabels_standInTheRowOfTheirClass() {
    SampleImages folders =
        new SampleImages(
            List.of(
                new SampleImages.Group("ant", List.of(image(1), image(2))),
                new SampleImages.Group("ze_bra", List.of(image(3)))));
    SampleImages labels =
        new SampleImages(
            List.of(
                new SampleImages.Group("0", List.of(image(3))),
                new SampleImages.Group("1", List.of(image(1), image(2)))));
    for (SampleImages samples : List.of(folders, labels)) {
      List<PictureRow> rows =
          pictures(PicturePanels.samples(samples, List.of("ze bra", "ant"))).get(0).rows();
      assertThat(rows).extracting(PictureRow::label).containsExactly("ze bra", "ant");
      assertThat(rows.get(0).pictures())
          .containsExactly(
              new Picture(PictureBytes.dataUri(image(3)), "Generated image 1 of class ze bra", ""));
      assertThat(rows.get(1).pictures())
          .extracting(Picture::source)
          .containsExactly(PictureBytes.dataUri(image(1)), PictureBytes.dataUri(image(2)));
    }
  }

  @Test
  void thumbnail_ofALargePicture_isTheWholePictureSmaller() throws IOException {
    BufferedImage large = new BufferedImage(512, 256, BufferedImage.TYPE_INT_RGB);
    large.createGraphics().fillRect(0, 0, 128, 256);
    String uri = PictureBytes.dataUri(large);
    byte[] png = Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
    BufferedImage small = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(List.of(small.getWidth(), small.getHeight())).containsExactly(128, 64);
    assertThat(small.getRGB(10, 30) & 0xFF).isGreaterThan(250);
    assertThat(small.getRGB(60, 30) & 0xFF).isLessThan(5);
    assertThat(PictureBytes.dataUri(folder.resolve("none.png"))).isEmpty();
  }
}
