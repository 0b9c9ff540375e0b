package io.winnow.report;

import io.winnow.artifact.Gallery;
import io.winnow.artifact.Gallery.Thumbnail;
import io.winnow.artifact.SampleImages;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Picture;
import io.winnow.report.Page.PictureRow;
import io.winnow.report.Page.Pictures;
import io.winnow.report.Page.Section;
import java.awt.image.BufferedImage;
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
        "Gallery",
        "Kept and dropped images of every class, in the order of their scores. Point at an image for its id, its"
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

  /** A row of samples per class, in the order of the classes where it is known. */
  static Section samples(SampleImages samples, List<String> classes) {
    Map<String, List<BufferedImage>> byClass = new LinkedHashMap<>();
    for (int label = 0; label < classes.size(); label++) {
      String name = classes.get(label);
      for (SampleImages.Group group : samples.groups()) {
        if (group.className().equals(SampleImages.folderName(name))
            || group.className().equals(Integer.toString(label))) {
          byClass.put(name, group.images());
        }
      }
    }
    if (byClass.size() < samples.groups().size()) {
      byClass.clear();
      samples.groups().forEach(group -> byClass.put(group.className(), group.images()));
    }
    return new Section(
        "samples",
        "Samples",
        "The first images that the model drew for every class, not a selection.",
        List.of(
            new Pictures(
                null,
                byClass.entrySet().stream()
                    .limit(CLASSES)
                    .map(e -> row(e.getKey(), e.getKey(), e.getValue()))
                    .toList())));
  }

  /** Generated images of one class. */
  static PictureRow row(String label, String className, List<BufferedImage> images) {
    List<Picture> pictures = new ArrayList<>();
    for (BufferedImage image : images) {
      String alt = "Generated image " + (pictures.size() + 1) + " of class " + className;
      pictures.add(new Picture(PictureBytes.dataUri(image), alt, ""));
    }
    return new PictureRow(label, "", pictures);
  }
}
