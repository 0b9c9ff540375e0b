package io.winnow.artifact;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.OrNull;
import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A training curve: {@code metrics.jsonl}, one JSON object per line. */
public record Curve(List<Point> points) {
  public Curve {
    points = List.copyOf(points);
  }

  /**
   * One line.
   *
   * @param phase {@code reference}, {@code proxy} or {@code model}
   * @param step updates done
   * @param loss mean over the updates since the previous line
   * @param gradNorm mean likewise, before clipping
   * @param peakDeviceBytes most memory that tensors have taken on the device at once since the
   *     process began; null on a CPU
   */
  public record Point(
      String phase,
      long step,
      int epoch,
      double loss,
      double gradNorm,
      double learningRate,
      double imagesPerSecond,
      long samplesSeen,
      @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull Long peakDeviceBytes) {
    /** Of a CPU. */
    public Point(
        String phase,
        long step,
        int epoch,
        double loss,
        double gradNorm,
        double learningRate,
        double imagesPerSecond,
        long samplesSeen) {
      this(phase, step, epoch, loss, gradNorm, learningRate, imagesPerSecond, samplesSeen, null);
    }

    /** The values by name, as event files carry them. */
    public Map<String, Double> scalars() {
      Map<String, Double> values = new LinkedHashMap<>();
      values.put("loss", loss);
      values.put("gradNorm", gradNorm);
      values.put("learningRate", learningRate);
      values.put("imagesPerSecond", imagesPerSecond);
      values.put("epoch", (double) epoch);
      if (peakDeviceBytes != null) {
        values.put("peakDeviceBytes", (double) peakDeviceBytes);
      }
      return values;
    }
  }

  /**
   * Reads a curve. A last line without its end, as a killed process leaves it, is left out.
   *
   * @throws IllegalArgumentException naming the line that is no point
   */
  public static Curve read(Path file) {
    String text = text(file);
    List<Point> points = new ArrayList<>();
    int begin = 0;
    int number = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', begin)) {
      String line = text.substring(begin, end);
      begin = end + 1;
      number++;
      if (!line.isBlank()) {
        points.add(point(file, line, number));
      }
    }
    return new Curve(points);
  }

  /** Adds a line. */
  public static void append(Path file, Point point) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(
          file,
          Json.string(point) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileFailure.unwritable(file, e);
    }
  }

  /**
   * Keeps only some lines, atomically: on resume, those that the checkpoint knows, so that the
   * resumed curve equals an undisturbed one. Does nothing when there is no file.
   */
  public static void retain(Path file, Predicate<Point> wanted) {
    if (!Files.exists(file)) {
      return;
    }
    StringBuilder kept = new StringBuilder();
    read(file).points().stream()
        .filter(wanted)
        .forEach(point -> kept.append(Json.string(point)).append('\n'));
    AtomicFile.write(file, out -> out.write(kept.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static Point point(Path file, String line, int number) {
    try {
      return Json.parse(line, Point.class);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file + ":" + number + ": " + e.getMessage() + "; expected a point of a training curve",
          e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
