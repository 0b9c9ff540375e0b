package io.winnow.report;

import io.winnow.artifact.Gallery;
import io.winnow.artifact.Gallery.Thumbnail;
import io.winnow.artifact.SampleImages;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Picture;
import io.winnow.report.Page.PictureRow;
import io.winnow.report.Page.Pictures;
import io.winnow.report.Page.Section;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Images of the data set and of the model. */
final class PicturePanels {
  private static final int PER_ROW = 12;
  private static final int CLASSES = 24;

  private PicturePanels() {}

  /** Kept and dropped images, a pair of rows per class. */
  static Section gallery(Gallery gallery, Path reportData) {
    Map<String, List<Thumbnail>> byClass = new LinkedHashMap<>();
    gallery
        .thumbnails()
        .forEach(t -> byClass.computeIfAbsent(t.className(), k -> new ArrayList<>()).add(t));
    List<Block> blocks = new ArrayList<>();
    byClass.entrySet().stream()
        .limit(CLASSES)
        .forEach(
            e ->
                blocks.add(
                    new Pictures(
                        e.getKey(),
                        List.of(
                            row(e.getValue(), true, reportData),
                            row(e.getValue(), false, reportData)))));
    return new Section(
        "gallery",
        "Kept and dropped images",
        "Examples of every class, in the order of their scores. Point at an image for its id, its"
            + " score and the reason.",
        blocks);
  }

  private static PictureRow row(List<Thumbnail> members, boolean kept, Path reportData) {
    String word = kept ? "kept" : "dropped";
    List<Picture> pictures = new ArrayList<>();
    for (Thumbnail t : members) {
      if (t.kept() == kept && pictures.size() < PER_ROW) {
        String score = Double.isNaN(t.score()) ? "" : ", score " + Numbers.value(t.score());
        PictureBytes.dataUri(reportData.resolve(t.png()))
            .ifPresent(
                uri ->
                    pictures.add(
                        new Picture(
                            uri, t.id() + ": " + word + score + " (" + t.reason() + ")", "")));
      }
    }
    return new PictureRow(word, word, pictures);
  }

  /** A row of samples per class. */
  static Section samples(SampleImages samples, List<String> classes) {
    List<PictureRow> rows = new ArrayList<>();
    samples.groups().stream()
        .limit(CLASSES)
        .forEach(
            group -> {
              String name = named(group.className(), classes);
              List<Picture> pictures = new ArrayList<>();
              for (int i = 0; i < group.images().size(); i++) {
                pictures.add(
                    new Picture(
                        PictureBytes.dataUri(group.images().get(i)),
                        "Generated image " + (i + 1) + " of class " + name,
                        ""));
              }
              rows.add(new PictureRow(name, "", pictures));
            });
    return new Section(
        "samples",
        "Samples",
        "The first images that the model drew for every class, not a selection.",
        List.of(new Pictures(null, rows)));
  }

  /** The name behind a label, when the samples only have its number. */
  private static String named(String className, List<String> classes) {
    if (className.matches("\\d{1,6}") && Integer.parseInt(className) < classes.size()) {
      return classes.get(Integer.parseInt(className));
    }
    return className;
  }
}
