package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.Coreset.Entry;
import io.winnow.artifact.Gallery;
import io.winnow.artifact.Gallery.Thumbnail;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.SampleImages;
import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Kept and dropped images of every class as small pictures, for the report. */
final class GalleryMaker {
  private static final int PER_CLASS = 8;
  private static final int CLASSES = 20;
  private static final int LARGEST_SIDE = 96;

  private GalleryMaker() {}

  /** Writes {@code report-data/gallery} and {@code report-data/gallery.json}. */
  static void write(Coreset coreset, Dataset dataset, RunLayout run) {
    List<Thumbnail> thumbnails = new ArrayList<>();
    AtomicFolder.write(
        run.reportData().resolve("gallery"),
        temporary -> {
          int classes = Math.min(CLASSES, dataset.classes().size());
          for (int label = 0; label < classes; label++) {
            for (boolean kept : new boolean[] {true, false}) {
              for (int i : spread(coreset, label, kept)) {
                Thumbnail thumbnail = thumbnail(coreset.entries().get(i), i);
                thumbnails.add(thumbnail);
                byte[] png = Png.encode(small(image(dataset, i)));
                Path file =
                    temporary.resolve(Path.of("gallery").relativize(Path.of(thumbnail.png())));
                AtomicFile.write(file, out -> out.write(png));
              }
            }
          }
        });
    new Gallery(thumbnails).write(run.gallery());
  }

  /** Members of a class in the order of their scores, at equal distances: ends and middle. */
  private static int[] spread(Coreset coreset, int label, boolean kept) {
    List<Entry> entries = coreset.entries();
    int[] members =
        IntStream.range(0, entries.size())
            .filter(i -> entries.get(i).label() == label && entries.get(i).kept() == kept)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> entries.get(i).score()))
            .mapToInt(Integer::intValue)
            .toArray();
    int wanted = Math.min(PER_CLASS, members.length);
    return IntStream.range(0, wanted)
        .map(k -> members[wanted == 1 ? 0 : k * (members.length - 1) / (wanted - 1)])
        .toArray();
  }

  private static Thumbnail thumbnail(Entry entry, int index) {
    String folder =
        "gallery/"
            + (entry.kept() ? "kept/" : "dropped/")
            + SampleImages.folderName(entry.className());
    return new Thumbnail(
        folder + "/" + index + ".png",
        entry.id(),
        entry.className(),
        entry.score(),
        entry.kept(),
        entry.reason());
  }

  private static Image image(Dataset dataset, int index) {
    try {
      return dataset.image(index);
    } catch (BadImageException e) {
      throw new IllegalArgumentException(
          dataset.name() + " " + dataset.id(index) + ": " + e.getMessage(), e);
    }
  }

  /** Every n-th pixel of a large picture; nothing is measured on a thumbnail. */
  private static Image small(Image image) {
    int step = (Math.max(image.width(), image.height()) + LARGEST_SIDE - 1) / LARGEST_SIDE;
    if (step == 1) {
      return image;
    }
    int width = image.width() / step;
    int height = image.height() / step;
    if (width == 0 || height == 0) {
      return image;
    }
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0, p = 0; y < height; y++) {
      for (int x = 0; x < width; x++, p += 3) {
        int from = 3 * (y * step * image.width() + x * step);
        System.arraycopy(image.rgb(), from, rgb, p, 3);
      }
    }
    return new Image(width, height, rgb);
  }
}
