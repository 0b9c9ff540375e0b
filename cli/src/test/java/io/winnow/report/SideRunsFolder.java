package io.winnow.report;

import io.winnow.artifact.Metric;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.SpeedUps.Kind;
import io.winnow.artifact.SpeedUps.SpeedUp;
import io.winnow.compare.FinishedRun;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Folders of finished runs of several seeds, with samples and speed-ups, out of given numbers. */
final class SideRunsFolder {
  private SideRunsFolder() {}

  /**
   * A side.
   *
   * @param distances one for every seed; those of the classes are 1, 2, 3 times it
   * @return its folder
   */
  static Path write(Path side, String method, double... distances) throws IOException {
    for (int seed = 0; seed < distances.length; seed++) {
      double fd = distances[seed];
      Path run = side.resolve(Integer.toString(seed));
      FinishedRun.of(seed)
          .set("prune.method", method)
          .fd(fd)
          .classFd(fd, 2 * fd, 3 * fd)
          .metric(Metric.Kind.CLASS_AGREEMENT, null, 0.5)
          .write(run);
      new SpeedUps(
              List.of(
                  new SpeedUp(Kind.TRAINING_RUN, 30 + 10 * seed, 10, 100, 10, true, ""),
                  new SpeedUp(Kind.END_TO_END, 40, 20, 100, 10, false, ""),
                  new SpeedUp(Kind.EQUAL_STEPS, 10, 10, 10, 10, false, "")))
          .write(new RunLayout(run).speedUps());
      samples(run, seed);
    }
    return side;
  }

  private static void samples(Path run, int seed) throws IOException {
    for (int label = 0; label < 3; label++) {
      Path folder = run.resolve("samples").resolve("class" + label);
      Files.createDirectories(folder);
      for (int i = 0; i < 8; i++) {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(Color.getHSBColor(0.3f * label + 0.02f * i, 0.6f, 0.5f + 0.1f * seed));
        g.fillOval(2, 2, 11, 11);
        g.dispose();
        ImageIO.write(image, "png", folder.resolve("%05d.png".formatted(i)).toFile());
      }
    }
  }
}
