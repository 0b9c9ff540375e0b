package io.winnow.data;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pillow's resize, bit for bit on bytes (mode RGB) and to float rounding on floats (mode F). Two
 * passes, first along rows, then along columns; a pass is left out where its size does not change;
 * the first pass of the byte form is rounded and clipped to bytes. Safe for use by several threads.
 *
 * <p>Source: Pillow 12, {@code Resample.c}, checked by experiment.
 */
public final class PillowResize {
  /** Pictures come in few sizes; a data set of endless ones must not fill the memory. */
  private static final int MAX_TABLES = 512;

  private record Axis(int from, int to) {}

  /** Buffers of one thread, grown to the largest picture it has seen. */
  private static final class Scratch {
    private int[] middle = new int[0];
    private int[] sums = new int[0];

    int[] middle(int length) {
      if (middle.length < length) {
        middle = new int[length];
      }
      return middle;
    }

    int[] sums(int length) {
      if (sums.length < length) {
        sums = new int[length];
      }
      return sums;
    }
  }

  private final Filter filter;
  private final Map<Axis, ResizeTable> tables = new ConcurrentHashMap<>();
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

  public PillowResize(Filter filter) {
    this.filter = filter;
  }

  private ResizeTable table(int from, int to) {
    if (tables.size() > MAX_TABLES) {
      tables.clear();
    }
    return tables.computeIfAbsent(new Axis(from, to), a -> new ResizeTable(from, to, filter));
  }

  /** Resizes bytes; the picture itself where it already has the size. */
  public Image uint8(Image image, int width, int height) {
    return uint8(image, width, height, new Window(0, 0, width, height));
  }

  /**
   * Resizes bytes and gives a part of the result, without computing the rest.
   *
   * @param window in pixels of the resized picture, inside it
   */
  Image uint8(Image image, int width, int height, Window window) {
    if (image.width() == width && image.height() == height) {
      return window.of(image);
    }
    ResizeTable rows = table(image.height(), height);
    int firstRow = rows.first(window.top());
    int bottom = window.top() + window.height() - 1;
    int lastRow = rows.first(bottom) + rows.count(bottom);
    if (image.height() == height) {
      firstRow = window.top();
      lastRow = bottom + 1;
    }
    Scratch buffers = scratch.get();
    int[] middle = buffers.middle((lastRow - firstRow) * window.width() * 3);
    if (image.width() == width) {
      copyRows(image, firstRow, lastRow, window, middle);
    } else {
      alongRows(image, table(image.width(), width), firstRow, lastRow, window, middle);
    }
    byte[] rgb = new byte[window.width() * window.height() * 3];
    if (image.height() == height) {
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (byte) middle[i];
      }
    } else {
      alongColumns(middle, firstRow, rows, window, buffers.sums(window.width() * 3), rgb);
    }
    return new Image(window.width(), window.height(), rgb);
  }

  private static void copyRows(
      Image image, int firstRow, int lastRow, Window window, int[] middle) {
    byte[] rgb = image.rgb();
    int row = window.width() * 3;
    for (int y = firstRow, to = 0; y < lastRow; y++) {
      int from = (y * image.width() + window.left()) * 3;
      for (int i = 0; i < row; i++) {
        middle[to++] = rgb[from + i] & 0xFF;
      }
    }
  }

  private static void alongRows(
      Image image, ResizeTable table, int firstRow, int lastRow, Window window, int[] middle) {
    byte[] rgb = image.rgb();
    int[] weights = table.fixed();
    int taps = table.taps();
    int end = window.left() + window.width();
    for (int y = firstRow, to = 0; y < lastRow; y++) {
      int row = y * image.width();
      for (int x = window.left(); x < end; x++, to += 3) {
        int red = 1 << (ResizeTable.BITS - 1);
        int green = red;
        int blue = red;
        int from = (row + table.first(x)) * 3;
        int last = x * taps + table.count(x);
        for (int w = x * taps; w < last; w++, from += 3) {
          int weight = weights[w];
          red += (rgb[from] & 0xFF) * weight;
          green += (rgb[from + 1] & 0xFF) * weight;
          blue += (rgb[from + 2] & 0xFF) * weight;
        }
        middle[to] = clip(red);
        middle[to + 1] = clip(green);
        middle[to + 2] = clip(blue);
      }
    }
  }

  /** Whole rows at a time, in plain loops over int arrays, which the JIT compiler vectorises. */
  private static void alongColumns(
      int[] middle, int firstRow, ResizeTable table, Window window, int[] sums, byte[] rgb) {
    int row = window.width() * 3;
    int taps = table.taps();
    for (int y = 0; y < window.height(); y++) {
      int target = window.top() + y;
      Arrays.fill(sums, 0, row, 1 << (ResizeTable.BITS - 1));
      for (int j = 0; j < table.count(target); j++) {
        int weight = table.fixed()[target * taps + j];
        add(middle, (table.first(target) + j - firstRow) * row, weight, sums, row);
      }
      for (int i = 0; i < row; i++) {
        sums[i] = clip(sums[i]);
      }
      for (int i = 0, to = y * row; i < row; i++, to++) {
        rgb[to] = (byte) sums[i];
      }
    }
  }

  private static void add(int[] values, int from, int weight, int[] sums, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += values[from + i] * weight;
    }
  }

  private static int clip(int sum) {
    return Math.min(255, Math.max(0, sum >> ResizeTable.BITS));
  }

  /**
   * Resizes one plane of floats: weights and sums in float64, each pass stored as float32, nothing
   * rounded or clipped.
   *
   * @param plane [fromHeight, fromWidth]
   * @return [height, width]; the plane itself where it already has the size
   */
  public float[] floats(float[] plane, int fromWidth, int fromHeight, int width, int height) {
    float[] middle = plane;
    if (fromWidth != width) {
      middle = new float[fromHeight * width];
      ResizeTable table = table(fromWidth, width);
      for (int y = 0; y < fromHeight; y++) {
        alongRow(plane, y * fromWidth, table, middle, y * width, width);
      }
    }
    if (fromHeight == height) {
      return middle;
    }
    float[] resized = new float[height * width];
    ResizeTable table = table(fromHeight, height);
    double[] sums = new double[width];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 0);
      for (int j = 0; j < table.count(y); j++) {
        double weight = table.weights()[y * table.taps() + j];
        int from = (table.first(y) + j) * width;
        for (int x = 0; x < width; x++) {
          sums[x] += middle[from + x] * weight;
        }
      }
      for (int x = 0; x < width; x++) {
        resized[y * width + x] = (float) sums[x];
      }
    }
    return resized;
  }

  private static void alongRow(
      float[] plane, int from, ResizeTable table, float[] middle, int to, int width) {
    double[] weights = table.weights();
    for (int x = 0; x < width; x++) {
      double sum = 0;
      int first = from + table.first(x);
      int at = x * table.taps();
      for (int j = 0; j < table.count(x); j++) {
        sum += plane[first + j] * weights[at + j];
      }
      middle[to + x] = (float) sum;
    }
  }
}
